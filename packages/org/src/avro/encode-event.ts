import avsc from "avsc";
import { defaultKnobs } from "../pubsub-knobs.ts";
import type { SchemaKnobs } from "./event-schema.ts";
import type { FieldDefinition, ObjectDefinition, OrgRecord } from "../org-core.ts";

/** Encodes events of one schema as bare Avro binary: no header, no magic byte. */
export type EventEncoder = (values: OrgRecord, createdAtMs: number, createdById: string) => Uint8Array;

/** `values` must have been checked against the event's fields; what is missing is null, or the default. */
export function createEventEncoder(
  event: ObjectDefinition,
  schemaJson: string,
  knobs: SchemaKnobs = defaultKnobs,
): EventEncoder {
  const type = avsc.Type.forSchema(JSON.parse(schemaJson), { wrapUnions: "never" });
  const fields = [...event.fields.values()];
  return (values, createdAtMs, createdById) => {
    const custom = fields.map((field) => [
      field.name,
      toAvro(field, values[field.name] ?? field.defaultValue, knobs),
    ]);
    return type.toBuffer({
      CreatedDate: createdAtMs,
      CreatedById: createdById,
      ...Object.fromEntries(custom),
    });
  };
}

const dayMs = 24 * 3_600_000;

function toAvro(
  field: FieldDefinition,
  value: OrgRecord[string] | undefined,
  { dateUnit }: SchemaKnobs,
): OrgRecord[string] {
  if (typeof value !== "string") return value ?? null;
  if (field.type === "datetime") return Date.parse(value);
  if (field.type !== "date") return value;
  const midnightMs = Date.parse(`${value}T00:00:00Z`);
  return dateUnit === "days" ? midnightMs / dayMs : midnightMs;
}
