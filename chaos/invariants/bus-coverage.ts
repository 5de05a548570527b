import type { BusEvent, BusGeneration } from "../org/bus-recorder.ts";
import type { CursorMove } from "../store/watch-cursor.ts";
import type { Evidence, Verdict } from "./evidence.ts";
import { generationOf, isAfter } from "./replay-order.ts";

/** 2: every event up to the stored cursor is in the inbox or in quarantine, exactly once. */
export function judgeCursor(evidence: Evidence): Verdict {
  const { generations, reusedIds, store } = evidence;
  const inbox = countBy(store.inbox.map(({ eventId }) => eventId));
  const quarantine = countBy(store.quarantine.map(({ eventId }) => eventId));
  const broken: string[] = [];
  let covered = 0;
  for (const [index, generation] of generations.entries()) {
    const furthest = furthestPosition(store.cursorMoves, generations, index);
    for (const event of distinct(generation)) {
      if (furthest === null || isAfter(event.replayId, furthest)) continue;
      covered += 1;
      const found = { inbox: inbox.get(event.eventId) ?? 0, quarantine: quarantine.get(event.eventId) ?? 0 };
      if (!isOnce(found, reusedIds.has(event.eventId))) {
        broken.push(
          `event ${event.eventId} (${event.requestKey ?? "no key"}) lies before the cursor and is ${found.inbox} times ` +
            `in the inbox and ${found.quarantine} times in quarantine`,
        );
      }
    }
  }
  return {
    invariant: 2,
    title: "the cursor is never ahead of the inbox, and nothing is there twice",
    counts: {
      "events before the cursor": covered,
      "inbox rows": store.inbox.length,
      quarantined: store.quarantine.length,
    },
    broken,
  };
}

/** 6: every event that was on the bus was received, or a reset of the stream took it away and its approval was found. */
export function judgeReceipt(evidence: Evidence): Verdict {
  const { generations, store, lost } = evidence;
  const received = new Set([...store.inbox, ...store.quarantine].map(({ eventId }) => eventId));
  const requestKeys = new Set(store.inbox.map(({ requestKey }) => requestKey));
  const orders = new Set(store.inbox.map(({ orderId }) => orderId));
  const broken: string[] = [];
  let onTheBus = 0;
  let takenAway = 0;
  for (const [index, generation] of generations.entries()) {
    const isOver = index < generations.length - 1;
    for (const event of distinct(generation)) {
      onTheBus += 1;
      if (received.has(event.eventId)) continue;
      const isKnown =
        event.requestKey === null ||
        event.isCancel ||
        requestKeys.has(event.requestKey) ||
        orders.has(event.orderId ?? "");
      if (isOver && isKnown) takenAway += 1;
      else
        broken.push(
          `event ${event.eventId} (${event.requestKey ?? "no key"}) was on the bus and never received`,
        );
    }
  }
  const swept = store.inbox.filter(({ eventId }) => eventId.startsWith("sweep-")).length;
  return {
    invariant: 6,
    title: "no event is skipped silently",
    counts: {
      "events on the bus": onTheBus,
      "taken away by a reset and known otherwise": takenAway,
      "never on the bus": lost.size,
      "found by the sweep": swept,
    },
    broken,
  };
}

/** A copy of an event has its id and another place; it counts once, at its first place. */
function distinct({ events }: BusGeneration): readonly BusEvent[] {
  const first = new Map<string, BusEvent>();
  for (const event of events) if (!first.has(event.eventId)) first.set(event.eventId, event);
  return [...first.values()];
}

function isOnce(found: { readonly inbox: number; readonly quarantine: number }, isReused: boolean): boolean {
  if (isReused) return found.inbox === 1 && found.quarantine === 1;
  return found.inbox + found.quarantine === 1;
}

function furthestPosition(
  moves: readonly CursorMove[],
  generations: readonly BusGeneration[],
  index: number,
): string | null {
  let furthest: string | null = null;
  for (const { replayId } of moves) {
    if (replayId === null || generationOf(replayId, generations) !== index) continue;
    if (furthest === null || isAfter(replayId, furthest)) furthest = replayId;
  }
  return furthest;
}

function countBy(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
