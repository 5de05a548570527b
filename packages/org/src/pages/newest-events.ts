import { eventDecoder } from "../control/decode-events.ts";
import type { DecodedEvent } from "../control/decode-events.ts";
import type { BusEvent, EventBus } from "../org-core.ts";

/** An event with its place on the bus, which clients never see. */
export type PlacedEvent = DecodedEvent & { readonly position: number };

/** Events lie at most this many positions apart, unless other topics are busy too. */
const positionsPerEvent = 8;

/** The newest retained events of the topics, the newest first, without reading what lies before them. */
export function readNewestEvents(
  bus: EventBus,
  topics: readonly string[],
  limit: number,
): readonly PlacedEvent[] {
  const decode = eventDecoder(bus);
  return topics
    .flatMap((topic) => readNewestOf(bus, topic, limit))
    .toSorted((left, right) => right.position - left.position)
    .slice(0, limit)
    .map((event) => ({ ...decode(event), position: event.position }));
}

/** Looks further and further back until there are enough. */
function readNewestOf(bus: EventBus, topic: string, limit: number): readonly BusEvent[] {
  const latest = bus.latest().position;
  const earliest = bus.earliest().position;
  for (let span = limit * positionsPerEvent; ; span *= 8) {
    const from = latest - span;
    const found = bus.read(topic, from, span);
    if (found.length >= limit || from <= earliest) return found.slice(-limit);
  }
}
