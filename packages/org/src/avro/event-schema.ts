import { createHash } from "node:crypto";
import type { FieldDefinition, FieldType, ObjectDefinition } from "../org-core.ts";
import { idSuffix } from "../ids.ts";
import { defaultKnobs } from "../pubsub-knobs.ts";
import type { PubSubKnobs } from "../pubsub-knobs.ts";

/** What is not known for sure about schemas. */
export type SchemaKnobs = Pick<PubSubKnobs, "longTextDoc" | "dateUnit" | "fieldOrder">;

/** The Avro schema of a platform event, as the bus gives it out. */
export type EventSchema = { readonly json: string; readonly schemaId: string };

type AvroPrimitive = "string" | "double" | "boolean" | "long";
type AvroKind = { readonly type: AvroPrimitive; readonly doc: string };

const namespace = "com.sforce.eventbus";

/** Numbers are doubles whatever their scale; times are milliseconds since 1970. */
const avroKinds: Readonly<Partial<Record<FieldType, AvroKind>>> = {
  string: { type: "string", doc: "Data:Text" },
  double: { type: "double", doc: "Data:Double" },
  boolean: { type: "boolean", doc: "Data:Boolean" },
  datetime: { type: "long", doc: "Data:DateTime" },
  date: { type: "long", doc: "Data:DateOnly" },
};

/**
 * Builds the schema of an event: `CreatedDate` and `CreatedById` first, then every field as a union with null. The
 * required attribute is not part of it: publishing through the Pub/Sub API does not enforce it.
 */
export function buildEventSchema(event: ObjectDefinition, knobs: SchemaKnobs = defaultKnobs): EventSchema {
  const inFileOrder = [...event.fields.values()].map((field) => ({ field, kind: kindOf(field, knobs) }));
  const custom = knobs.fieldOrder === "files" ? inFileOrder : inFileOrder.toReversed();
  const json = JSON.stringify({
    name: event.name,
    namespace,
    type: "record",
    fields: [
      { name: "CreatedDate", type: "long", doc: "CreatedDate:DateTime" },
      { name: "CreatedById", type: "string", doc: "CreatedBy:EntityId" },
      ...custom.map(({ field, kind }) => ({
        name: field.name,
        type: ["null", kind.type],
        doc: `${kind.doc}:${fieldIdOf(event.name, field.name)}`,
        default: null,
      })),
    ],
  });
  const canonicalForm = JSON.stringify({
    name: `${namespace}.${event.name}`,
    type: "record",
    fields: [
      { name: "CreatedDate", type: "long" },
      { name: "CreatedById", type: "string" },
      ...custom.map(({ field, kind }) => ({ name: field.name, type: ["null", kind.type] })),
    ],
  });
  return { json, schemaId: createHash("md5").update(canonicalForm).digest("base64url") };
}

function kindOf(field: FieldDefinition, { longTextDoc }: SchemaKnobs): AvroKind {
  if (field.type === "textarea") return { type: "string", doc: `Data:${longTextDoc}` };
  const kind = avroKinds[field.type];
  if (kind === undefined) throw new TypeError(`a platform event has no fields of type ${field.type}`);
  return kind;
}

/** An org numbers its custom fields; here the number comes from the name, so that it is the same at every start. */
function fieldIdOf(eventName: string, fieldName: string): string {
  const digest = createHash("sha256").update(`${eventName}.${fieldName}`).digest("hex");
  const id15 = `00NHs${digest.slice(0, 10)}`;
  return id15 + idSuffix(id15);
}
