import avsc from "avsc";
import type { BusEvent, EventBus } from "../org-core.ts";

/** An entry of the bus log as `/__org/events` shows it. */
export type DecodedEvent = {
  readonly topic: string;
  readonly eventId: string;
  /** The opaque id in hexadecimal. */
  readonly replayId: string;
  readonly schemaId: string;
  readonly publishedAt: string;
  /** The fields; null when the payload does not follow its schema. */
  readonly payload: unknown;
};

const chunkSize = 1_000;

/** The newest `limit` retained events of one topic, oldest first. */
export function readDecodedEvents(bus: EventBus, topic: string, limit: number): readonly DecodedEvent[] {
  return readNewest(bus, topic, limit).map(eventDecoder(bus));
}

/** Decodes events of the bus; each schema is read once. */
export function eventDecoder(bus: EventBus): (event: BusEvent) => DecodedEvent {
  const types = new Map<string, avsc.Type | undefined>();
  return (event) => {
    if (!types.has(event.schemaId)) types.set(event.schemaId, typeOf(bus, event.schemaId));
    return decode(event, types.get(event.schemaId));
  };
}

function readNewest(bus: EventBus, topic: string, limit: number): readonly BusEvent[] {
  let newest: readonly BusEvent[] = [];
  let position = -1;
  for (;;) {
    const chunk = bus.read(topic, position, chunkSize);
    const last = chunk.at(-1);
    if (last === undefined) return newest;
    newest = [...newest, ...chunk].slice(-limit);
    position = last.position;
  }
}

function typeOf(bus: EventBus, schemaId: string): avsc.Type | undefined {
  const schemaJson = bus.schemaJson(schemaId);
  // Without wrapping, a union of null and a type reads as the plain value.
  return schemaJson === undefined
    ? undefined
    : avsc.Type.forSchema(JSON.parse(schemaJson), { wrapUnions: "never" });
}

function decode(event: BusEvent, type: avsc.Type | undefined): DecodedEvent {
  const { topic, eventId, schemaId } = event;
  const replayId = Buffer.from(event.replayId).toString("hex");
  const publishedAt = new Date(event.publishedAtMs).toISOString();
  return { topic, eventId, replayId, schemaId, publishedAt, payload: decodePayload(event, type) };
}

function decodePayload(event: BusEvent, type: avsc.Type | undefined): unknown {
  try {
    return type?.fromBuffer(Buffer.from(event.payload)) ?? null;
  } catch {
    return null;
  }
}
