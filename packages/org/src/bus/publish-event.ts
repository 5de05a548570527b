import { checkValue } from "../records/check-value.ts";
import { createEventEncoder } from "../avro/encode-event.ts";
import type { EventEncoder } from "../avro/encode-event.ts";
import { buildEventSchema } from "../avro/event-schema.ts";
import type { SchemaKnobs } from "../avro/event-schema.ts";
import { OrgError } from "../org-core.ts";
import type { FieldValue, ObjectDefinition, OrgRecord, OrgSchema } from "../org-core.ts";
import type { BusSchema } from "./sqlite-event-bus.ts";

/** Larger events are refused. */
const maxEventBytes = 1_000_000;

/** An event that was accepted and waits for its place on the bus. */
export type PreparedEvent = {
  readonly topic: string;
  readonly schemaId: string;
  readonly payload: Uint8Array;
};

/** Everything about one platform event that publishing needs. */
export type EventType = {
  readonly definition: ObjectDefinition;
  readonly schema: BusSchema;
  readonly encode: EventEncoder;
};

/** The platform events of the org by their names; the topic of `X__e` is `/event/X__e`. */
export function buildEventTypes(schema: OrgSchema, knobs: SchemaKnobs): ReadonlyMap<string, EventType> {
  const events = [...schema.objects.values()].filter((object) => object.kind === "event");
  return new Map(
    events.map((definition) => {
      const { json, schemaId } = buildEventSchema(definition, knobs);
      const encode = createEventEncoder(definition, json, knobs);
      return [
        definition.name,
        { definition, schema: { topic: `/event/${definition.name}`, schemaId, json }, encode },
      ];
    }),
  );
}

/**
 * Checks an event as Apex, flows and REST do: field types, lengths and required fields are enforced.
 *
 * @throws {OrgError}
 */
export function prepareEvent(
  event: EventType,
  values: OrgRecord,
  createdAtMs: number,
  createdById: string,
): PreparedEvent {
  const { definition, schema, encode } = event;
  const checked: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = definition.fields.get(name);
    if (field === undefined) {
      const message = `No such column '${name}' on sobject of type ${definition.name}`;
      throw new OrgError("INVALID_FIELD", message, [name]);
    }
    checked[name] = checkValue(field, value, "event");
  }
  const missing = [...definition.fields.values()].filter((field) => {
    const value = checked[field.name] ?? field.defaultValue;
    return field.required && (value === null || value === "");
  });
  if (missing.length > 0) {
    const names = missing.map((field) => field.name);
    throw new OrgError("REQUIRED_FIELD_MISSING", `Required fields are missing: [${names.join(", ")}]`, names);
  }
  const payload = encode(checked, createdAtMs, createdById);
  if (payload.length > maxEventBytes) {
    throw new OrgError("EXCEEDED_MAX_SIZE_REQUEST", `the event is larger than ${maxEventBytes} bytes`);
  }
  return { topic: schema.topic, schemaId: schema.schemaId, payload };
}

/** What is left of the org's publish allocation of this hour. */
export type PublishAllowance = { remaining(): number };

/**
 * To be called before an event is taken on; `waiting` are those that were taken on and are not counted yet.
 *
 * @throws {OrgError} LIMIT_EXCEEDED; nothing is queued then.
 */
export function requireAllowance(allowance: PublishAllowance, waiting: number): void {
  if (allowance.remaining() > waiting) return;
  throw new OrgError("LIMIT_EXCEEDED", "The org has used up the events that it may publish in an hour.");
}
