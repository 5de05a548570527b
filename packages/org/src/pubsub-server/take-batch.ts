import type { BusEvent } from "../org-core.ts";

/** A FetchResponse fits a client buffer of 3 MB; the rest is room for ids and framing. */
const maxBatchBytes = 2_800_000;

/** The events that fit into one response: at least one, however large. */
export function takeBatch(events: readonly BusEvent[]): readonly BusEvent[] {
  let bytes = 0;
  const end = events.findIndex((event, index) => {
    bytes += event.payload.length;
    return index > 0 && bytes > maxBatchBytes;
  });
  return end < 0 ? events : events.slice(0, end);
}
