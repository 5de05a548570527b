import { fieldsOfFilter } from "../bus/event-filter.ts";
import type { EventFilter } from "../bus/event-filter.ts";
import type { FilterLiteral } from "../bus/filter-tokens.ts";
import type { FieldDefinition, FieldType, ObjectDefinition, OrgSchema } from "../org-core.ts";
import { MetadataError } from "./metadata-error.ts";
import type { MetadataPlace } from "./metadata-error.ts";
import type { ChannelMemberMetadata, OrgMetadata } from "./org-metadata.ts";

/** Documented for `filterExpression`. */
const maxFilterFields = 10;

/**
 * Checks channels, their members and managed subscriptions against the events of the org.
 *
 * @throws {MetadataError} unknown_reference, duplicate or bad_value.
 */
export function checkEventDelivery(metadata: OrgMetadata, schema: OrgSchema): void {
  const channels = new Set<string>();
  for (const { name, place } of metadata.channels) {
    if (channels.has(name)) throw duplicate(place, `The channel ${name}`);
    channels.add(name);
  }
  const members = new Set<string>();
  for (const member of metadata.channelMembers) {
    const { channelName, eventName, place } = member;
    if (!channels.has(channelName)) throw unknown(place, `channel ${channelName}`, [...channels]);
    const key = `${channelName} ${eventName}`;
    if (members.has(key)) throw duplicate(place, `The member ${eventName} of ${channelName}`);
    members.add(key);
    checkMember(member, schema);
  }
  const topics = [
    ...eventsOf(schema).map(({ name }) => `/event/${name}`),
    ...[...channels].map((name) => `/event/${name}`),
  ];
  const names = new Set<string>();
  for (const { config, place } of metadata.managedSubscriptions) {
    const { developerName, topicName } = config;
    if (names.has(developerName)) throw duplicate(place, `The managed subscription ${developerName}`);
    names.add(developerName);
    if (!topics.includes(topicName)) throw unknown(place, `topic ${topicName}`, topics);
  }
}

function checkMember({ eventName, filter, place }: ChannelMemberMetadata, schema: OrgSchema): void {
  const event = eventsOf(schema).find(({ name }) => name === eventName);
  if (event === undefined) {
    const known = eventsOf(schema).map(({ name }) => name);
    throw unknown(place, `platform event ${eventName}; change events are not offered here`, known);
  }
  if (filter === null) return;
  const fields = fieldsOfFilter(filter.expression);
  if (fields.size > maxFilterFields) {
    const detail = `A filter may use ${maxFilterFields} fields, and this one uses ${fields.size}.`;
    throw new MetadataError("bad_value", filter.place, detail);
  }
  checkTypes(filter.expression, event, filter.place);
}

function checkTypes(filter: EventFilter, event: ObjectDefinition, place: MetadataPlace): void {
  switch (filter.kind) {
    case "and":
    case "or":
      for (const part of filter.parts) checkTypes(part, event, place);
      return;
    case "not":
      checkTypes(filter.part, event, place);
      return;
    case "compare":
      checkType(filter.field, [filter.value], filter.operator === "LIKE", event, place);
      return;
    case "in":
      checkType(filter.field, filter.values, false, event, place);
  }
}

function checkType(
  name: string,
  values: readonly FilterLiteral[],
  isLike: boolean,
  event: ObjectDefinition,
  place: MetadataPlace,
): void {
  const fields = [...event.fields.values()];
  const field: Pick<FieldDefinition, "type"> | undefined =
    fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase()) ?? systemFields.get(name);
  if (field === undefined) {
    throw unknown(
      place,
      `field ${name} on ${event.name}`,
      fields.map((known) => known.name),
    );
  }
  const wanted = literalTypes[field.type];
  if (wanted === undefined || (isLike && wanted !== "string")) {
    throw new MetadataError("bad_value", place, `${event.name}.${name} cannot be filtered this way.`);
  }
  const wrong = values.find((value) => value !== null && typeof value !== wanted);
  if (wrong === undefined) return;
  const detail = `${event.name}.${name} is compared with "${String(wrong)}", which is no ${wanted}.`;
  throw new MetadataError("bad_value", place, detail);
}

const systemFields: ReadonlyMap<string, Pick<FieldDefinition, "type">> = new Map([
  ["CreatedDate", { type: "datetime" }],
  ["CreatedById", { type: "string" }],
]);

/** Long text cannot be filtered. */
const literalTypes: Readonly<Partial<Record<FieldType, "string" | "number" | "boolean">>> = {
  string: "string",
  double: "number",
  boolean: "boolean",
  date: "number",
  datetime: "number",
};

function eventsOf(schema: OrgSchema): readonly ObjectDefinition[] {
  return [...schema.objects.values()].filter((object) => object.kind === "event");
}

function duplicate(place: MetadataPlace, what: string): MetadataError {
  return new MetadataError("duplicate", place, `${what} is defined twice. Remove one.`);
}

function unknown(place: MetadataPlace, what: string, known: readonly string[]): MetadataError {
  const list = known.length === 0 ? "none" : known.join(", ");
  return new MetadataError(
    "unknown_reference",
    place,
    `The org has no ${what}; it has ${list}. Correct the name.`,
  );
}
