import avsc from "avsc";
import type { FieldDefinition, ObjectDefinition, OrgRecord } from "../org-core.ts";

/** Encodes events of one schema as bare Avro binary: no header, no magic byte. */
export type EventEncoder = (values: OrgRecord, createdAtMs: number, createdById: string) => Uint8Array;

/** `values` must have been checked against the event's fields; what is missing is null, or the default. */
export function createEventEncoder(event: ObjectDefinition, schemaJson: string): EventEncoder {
  const type = avsc.Type.forSchema(JSON.parse(schemaJson), { wrapUnions: "never" });
  const fields = [...event.fields.values()];
  return (values, createdAtMs, createdById) => {
    const custom = fields.map((field) => [
      field.name,
      toAvro(field, values[field.name] ?? field.defaultValue),
    ]);
    return type.toBuffer({
      CreatedDate: createdAtMs,
      CreatedById: createdById,
      ...Object.fromEntries(custom),
    });
  };
}

function toAvro(field: FieldDefinition, value: OrgRecord[string] | undefined): OrgRecord[string] {
  if (typeof value !== "string") return value ?? null;
  if (field.type === "datetime") return Date.parse(value);
  return field.type === "date" ? Date.parse(`${value}T00:00:00Z`) : value;
}
