import avsc from "avsc";
import type { PublishAllowance } from "../bus/publish-event.ts";
import type { EventBus, TopicDefinition } from "../org-core.ts";
import type { ProducerEvent, PublishResult } from "./wire-types.ts";

const maxEventBytes = 1_000_000;
const maxIdLength = 36;

const limitExceeded = "LIMIT_EXCEEDED: the org has used up the events that it may publish in an hour";

type Checked = { readonly event: ProducerEvent; readonly problem: string | null };

/**
 * Publishes the events that are in order and answers for each, in the order of the request. As in
 * the service, one bad event does not hold back the others, and required fields may be null here.
 */
export function publishEvents(
  bus: EventBus,
  topic: TopicDefinition,
  events: readonly ProducerEvent[],
  allowance: PublishAllowance,
): readonly PublishResult[] {
  let left = allowance.remaining();
  const types = new Map<string, avsc.Type | null>();
  const checked = events.map((event): Checked => {
    const known = types.get(event.schemaId);
    const type = known === undefined ? findEventType(bus, topic, event.schemaId) : known;
    types.set(event.schemaId, type);
    const problem = findProblem(event, type);
    if (problem !== null) return { event, problem };
    left -= 1;
    return { event, problem: left < 0 ? limitExceeded : null };
  });
  const good = checked.filter(({ problem }) => problem === null).map(({ event }) => event);
  const appended = good.length === 0 ? [] : bus.append(topic.name, good.map(toAppend));
  const published = appended.values();
  return checked.map(({ event, problem }): PublishResult => {
    if (problem !== null) return failed(event, problem);
    const taken = published.next().value;
    if (taken === undefined) return failed(event, "the bus did not take the event");
    return { replayId: taken.replayId, correlationKey: taken.eventId };
  });
}

/** The type of a schema id, when it describes events of this topic, in this or an earlier version. */
function findEventType(bus: EventBus, topic: TopicDefinition, schemaId: string): avsc.Type | null {
  const schemaJson = bus.schemaJson(schemaId);
  if (schemaJson === undefined) return null;
  const type = avsc.Type.forSchema(JSON.parse(schemaJson));
  const eventName = topic.name.slice(topic.name.lastIndexOf("/") + 1);
  return type.name?.endsWith(`.${eventName}`) === true ? type : null;
}

function findProblem(event: ProducerEvent, type: avsc.Type | null): string | null {
  if (event.id.length > maxIdLength) return `the event id is longer than ${maxIdLength} characters`;
  if (event.payload.length > maxEventBytes) return "the event is larger than 1 MB";
  if (type === null) return `the schema id "${event.schemaId}" is none of this topic`;
  try {
    type.fromBuffer(Buffer.from(event.payload));
    return null;
  } catch {
    return `the payload is not Avro of the schema ${event.schemaId}`;
  }
}

function toAppend({ id, schemaId, payload }: ProducerEvent): Parameters<EventBus["append"]>[1][number] {
  return { id: id === "" ? null : id, schemaId, payload };
}

function failed(event: ProducerEvent, msg: string): PublishResult {
  return { error: { code: "PUBLISH", msg }, correlationKey: event.id };
}
