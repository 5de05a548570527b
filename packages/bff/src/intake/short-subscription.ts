import { PubSubError } from "@sluice/pubsub";
import type { ClientEvent, PubSubClient, ReceivedEvent, StartPosition } from "@sluice/pubsub";
import { CommandRefused } from "../orders/command-refused.ts";

/** The stream may fail so often in a row before the reading is given up: a person waits for the answer. */
const MOST_FAILURES = 3;
/** As many events are asked for at once. */
const CAPACITY = 100;

export type ReadingDeps = {
  /** A client of its own, so that the live subscription's state is not disturbed. It is closed at the end. */
  openClient(onEvent: (event: ClientEvent) => void): Pick<PubSubClient, "subscribe" | "close">;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
};

/**
 * What a portion asks for:
 * - `more`    the next one.
 * - `hurry`   the next one, but only if it comes at once: all that was wanted is there.
 * - `enough`  nothing more.
 */
export type Answer = "more" | "hurry" | "enough";

/**
 * - `caught_up` the reader had enough.
 * - `drained`   the stream had nothing more: it said so, or nothing came for a while.
 * - `stopped`   the signal aborted.
 */
export type ReadingEnd = "caught_up" | "drained" | "stopped";

/** How long nothing comes before the stream counts as drained, in milliseconds. */
export type Patience = { readonly usualMs: number; readonly hurryMs: number };

export const usualPatience: Patience = { usualMs: 10_000, hurryMs: 2_000 };

/**
 * Reads a topic from a place on, for a while. The next portion is asked for when the one before was dealt with.
 *
 * @throws {CommandRefused} `replay_id_rejected`, `stream_unavailable`
 */
export async function readForAWhile(
  deps: ReadingDeps,
  from: { readonly topic: string; readonly position: StartPosition; readonly patience: Patience },
  onEvents: (events: readonly ReceivedEvent[], position: Uint8Array) => Promise<Answer>,
  signal: AbortSignal,
): Promise<ReadingEnd> {
  const { topic, position, patience } = from;
  const failed = Promise.withResolvers<never>();
  // It may fail while nobody waits for it.
  failed.promise.catch(() => undefined);
  const stream = { isOpen: false };
  const client = deps.openClient((event) => {
    if (event.name === "subscription:stream:opened") stream.isOpen = true;
    if (event.name === "subscription:stream:ended") stream.isOpen = false;
    if (event.name !== "subscription:retry:scheduled") return;
    if (event.attempt >= MOST_FAILURES || !event.error.retryable) failed.reject(unavailable(event.error));
  });
  const leaving = new AbortController();
  const until = AbortSignal.any([signal, leaving.signal]);
  const options = { position, capacity: CAPACITY, whenPositionRejected: "throw", signal: until } as const;
  const items = client.subscribe(topic, options)[Symbol.asyncIterator]();
  let hurry = false;
  try {
    for (;;) {
      const next = items.next();
      next.catch(() => undefined);
      for (;;) {
        const waitMs = hurry ? patience.hurryMs : patience.usualMs;
        const first = await firstOf(deps, [next, failed.promise], waitMs, until);
        if (signal.aborted) return "stopped";
        if (first === "quiet") {
          if (stream.isOpen) return "drained";
          continue;
        }
        if (first.done === true) return "stopped";
        const item = first.value;
        if (item.kind === "discontinuity") throw item.error;
        const answer = await onEvents(item.events, item.position);
        if (answer === "enough") return "caught_up";
        // A portion without events: the bus has nothing more at the moment.
        if (item.events.length === 0) return "drained";
        hurry = answer === "hurry";
        break;
      }
    }
  } catch (error) {
    if (error instanceof PubSubError && error.code === "position_rejected") throw rejected(position);
    throw error;
  } finally {
    leaving.abort();
    client.close();
  }
}

async function firstOf<T>(
  deps: ReadingDeps,
  awaited: readonly Promise<T>[],
  waitMs: number,
  signal: AbortSignal,
): Promise<T | "quiet"> {
  const over = new AbortController();
  const quiet = deps.sleep(waitMs, AbortSignal.any([signal, over.signal])).then(
    () => "quiet" as const,
    () => "quiet" as const,
  );
  try {
    return await Promise.race([...awaited, quiet]);
  } finally {
    over.abort();
  }
}

function rejected(position: StartPosition): CommandRefused {
  const place = position.kind === "after" ? Buffer.from(position.replayId).toString("hex") : position.kind;
  return new CommandRefused(
    "conflict",
    "replay_id_rejected",
    `Salesforce does not know the replay id ${place}: it is older than 72 h, of another org, or mistyped. Nothing was replayed from there. Read everything that is kept with --earliest, or name the orders with --orders.`,
  );
}

function unavailable(error: PubSubError): CommandRefused {
  return new CommandRefused(
    "conflict",
    "stream_unavailable",
    `the stream cannot be read: ${error.message} What was replayed by then is kept; run it again later.`,
  );
}
