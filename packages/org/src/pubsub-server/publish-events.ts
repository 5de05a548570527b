import avsc from "avsc";
import type { EventBus, TopicDefinition } from "../org-core.ts";
import type { ProducerEvent, PublishResult } from "./wire-types.ts";

const maxEventBytes = 1_000_000;
const maxIdLength = 36;

type Checked = { readonly event: ProducerEvent; readonly problem: string | null };

/**
 * Publishes the events that are in order and answers for each, in the order of the request. As in
 * the service, one bad event does not hold back the others, and required fields may be null here.
 */
export function publishEvents(
  bus: EventBus,
  topic: TopicDefinition,
  events: readonly ProducerEvent[],
): readonly PublishResult[] {
  const checked = events.map((event): Checked => ({ event, problem: findProblem(bus, event) }));
  const good = checked.filter(({ problem }) => problem === null).map(({ event }) => event);
  const appended = bus
    .append(
      topic.name,
      good.map(({ id, schemaId, payload }) => ({ id: id === "" ? null : id, schemaId, payload })),
    )
    .values();
  return checked.map(({ event, problem }): PublishResult => {
    if (problem !== null) return { error: { code: "PUBLISH", msg: problem }, correlationKey: event.id };
    const published = appended.next().value;
    if (published === undefined) {
      return { error: { code: "PUBLISH", msg: "the bus did not take the event" }, correlationKey: event.id };
    }
    return { replayId: published.replayId, correlationKey: published.eventId };
  });
}

function findProblem(bus: EventBus, event: ProducerEvent): string | null {
  if (event.id.length > maxIdLength) return `the event id is longer than ${maxIdLength} characters`;
  if (event.payload.length > maxEventBytes) return "the event is larger than 1 MB";
  const schemaJson = bus.schemaJson(event.schemaId);
  if (schemaJson === undefined) return `the schema id "${event.schemaId}" is unknown`;
  try {
    avsc.Type.forSchema(JSON.parse(schemaJson)).fromBuffer(Buffer.from(event.payload));
    return null;
  } catch {
    return `the payload is not Avro of the schema ${event.schemaId}`;
  }
}
