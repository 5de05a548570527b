import { readDecodedEvents } from "../control/decode-events.ts";
import type { DecodedEvent } from "../control/decode-events.ts";
import type { EventBus } from "../org-core.ts";

/** Positions of one topic lie at least this far back for so many events, unless other topics are busy too. */
const positionsPerEvent = 8;

/** The newest retained events of the topics, the newest first, without reading what lies before them. */
export function readNewestEvents(
  bus: EventBus,
  topics: readonly string[],
  limit: number,
): readonly DecodedEvent[] {
  return (
    topics
      .flatMap((topic) => readNewestOf(bus, topic, limit))
      // Ids of one length, so their order as text is their order on the bus.
      .toSorted((left, right) => (left.replayId < right.replayId ? 1 : -1))
      .slice(0, limit)
  );
}

function readNewestOf(bus: EventBus, topic: string, limit: number): readonly DecodedEvent[] {
  const latest = bus.latest().position;
  for (let span = limit * positionsPerEvent; ; span *= 8) {
    const from = latest - span;
    const late = {
      schemaJson: (schemaId: string) => bus.schemaJson(schemaId),
      read: (name: string, after: number, count: number) => bus.read(name, Math.max(after, from), count),
    };
    const found = readDecodedEvents(late, topic, limit);
    if (found.length >= limit || from < 0) return found;
  }
}

/** The number in a replay id of ours, for people to compare; clients must not look inside. */
export function numberIn(replayId: string): string {
  return BigInt(`0x${replayId.slice(0, 16) || "0"}`).toString();
}
