import { PubSubError } from "../pubsub-error.ts";
import type { Reaction } from "../pubsub-error.ts";

/** What the attempts so far have in common. */
export type AttemptState = {
  /** Attempts in a row that brought no progress. */
  readonly failures: number;
  /** The reaction to the last of them, and how often in a row it was the same: what the delay grows with. */
  readonly reaction: Reaction;
  readonly repeats: number;
  /** New tokens taken since the last progress: when the newest is refused too, age is not the reason. */
  readonly renewedSessions: number;
  /** Reading began anew elsewhere, and no position was accepted since. */
  readonly hasRepositioned: boolean;
};

/** How an attempt ended. `error` is null when the server ended the stream with status OK. */
export type AttemptOutcome = {
  readonly error: PubSubError | null;
  /** Events came, or the stream lived for longer than the longest backoff. */
  readonly progressed: boolean;
  /** The attempt started at a replay id. */
  readonly hadPosition: boolean;
};

/**
 * What comes next:
 * - `now`         reconnect at once.
 * - `back_off`    reconnect after `delayMs`.
 * - `reposition`  after `delayMs`, tell the consumer and reconnect elsewhere.
 */
export type NextStep =
  | { readonly kind: "now" }
  | { readonly kind: "back_off"; readonly delayMs: number; readonly error: PubSubError }
  | { readonly kind: "reposition"; readonly delayMs: number; readonly error: PubSubError };

/**
 * Delays of one reaction: doubling from `baseMs` to `maxMs`. `jitter` is the part of a delay that chance decides: all of
 * it where haste does no harm, so that clients cut off together do not come back together; half of it where it does.
 */
export type Backoff = { readonly baseMs: number; readonly maxMs: number; readonly jitter: 0.5 | 1 };

const backoffs: Readonly<Record<Reaction, Backoff>> = {
  retry: { baseMs: 500, maxMs: 60_000, jitter: 1 },
  restart: { baseMs: 500, maxMs: 60_000, jitter: 1 },
  reauthenticate: { baseMs: 500, maxMs: 60_000, jitter: 1 },
  slow_down: { baseMs: 60_000, maxMs: 300_000, jitter: 0.5 },
  wait: { baseMs: 300_000, maxMs: 1_800_000, jitter: 0.5 },
  reposition: { baseMs: 60_000, maxMs: 600_000, jitter: 0.5 },
  fatal: { baseMs: 15_000, maxMs: 600_000, jitter: 0.5 },
};

/** A stream that lived for longer than this made progress, even without events. */
export const STABLE_AFTER_MS = backoffs.retry.maxMs;

/** A second refused token may be a session that another process ended; a third one needs a person. */
const MAX_RENEWED_SESSIONS = 2;

export const firstAttempt: AttemptState = {
  failures: 0,
  reaction: "retry",
  repeats: 0,
  renewedSessions: 0,
  hasRepositioned: false,
};

/**
 * Pure: the same arguments give the same answer. `random` is in [0, 1) and only spreads the delay. There is no giving
 * up: what a person must fix is tried again at a slow pace, so that the repair needs no restart.
 */
export function nextAttempt(
  state: AttemptState,
  outcome: AttemptOutcome,
  random: number,
  subject: string,
): { readonly state: AttemptState; readonly step: NextStep } {
  const before = outcome.progressed
    ? { ...firstAttempt, hasRepositioned: state.hasRepositioned && !outcome.hadPosition }
    : state;
  const { error } = outcome;
  if (error === null) {
    const after = count(before, "retry");
    if (before.failures === 0) return { state: after, step: { kind: "now" } };
    const detail = "the server ended the stream again, with status OK.";
    return backOff(after, new PubSubError("stream_ended", subject, detail), random);
  }
  if (error.reaction === "reauthenticate") {
    const isBeyondUs = before.renewedSessions > MAX_RENEWED_SESSIONS;
    const after = {
      ...count(before, isBeyondUs ? "fatal" : error.reaction),
      renewedSessions: before.renewedSessions + 1,
    };
    return before.renewedSessions === 0
      ? { state: after, step: { kind: "now" } }
      : backOff(after, error, random);
  }
  const after = count(before, error.reaction);
  if (error.reaction === "reposition" && outcome.hadPosition) {
    // A server that refuses its own latest positions would have everything delivered again and again, and each
    // delivery counts against the org's allocation: from the second time on, slowly.
    const delayMs = before.hasRepositioned ? delayOf(after, random) : 0;
    return { state: { ...after, hasRepositioned: true }, step: { kind: "reposition", delayMs, error } };
  }
  return backOff(after, error, random);
}

function count(before: AttemptState, reaction: Reaction): AttemptState {
  const repeats = reaction === before.reaction ? before.repeats + 1 : 1;
  return { ...before, failures: before.failures + 1, reaction, repeats };
}

function backOff(
  state: AttemptState,
  error: PubSubError,
  random: number,
): { readonly state: AttemptState; readonly step: NextStep } {
  return { state, step: { kind: "back_off", delayMs: delayOf(state, random), error } };
}

function delayOf({ reaction, repeats }: AttemptState, random: number): number {
  const { baseMs, maxMs, jitter } = backoffs[reaction];
  const fullMs = Math.min(baseMs * 2 ** Math.min(repeats - 1, 30), maxMs);
  return Math.round(fullMs * (1 - jitter + jitter * random));
}
