import { PubSubError } from "../pubsub-error.ts";

/** What the attempts so far have in common. */
export type AttemptState = {
  /** Attempts in a row that brought no progress. */
  readonly failures: number;
  /** A new token was taken since the last progress, so the next refusal has another reason than age. */
  readonly hasRenewedSession: boolean;
  /** Reading began anew at the earliest event, and no position was accepted since. */
  readonly hasFallenBack: boolean;
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
 * - `now`        reconnect at once.
 * - `back_off`   reconnect after `delayMs`.
 * - `fall_back`  after `delayMs`, tell the consumer and reconnect at the earliest retained event.
 */
export type NextStep =
  | { readonly kind: "now" }
  | { readonly kind: "back_off"; readonly delayMs: number; readonly error: PubSubError }
  | { readonly kind: "fall_back"; readonly delayMs: number; readonly error: PubSubError };

export type BackoffPolicy = {
  /** Longest delay after the first failure; doubles with each further one. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
};

export const defaultBackoff: BackoffPolicy = { baseDelayMs: 500, maxDelayMs: 60_000 };

export const firstAttempt: AttemptState = { failures: 0, hasRenewedSession: false, hasFallenBack: false };

/**
 * Pure: the same arguments give the same answer. `random` is in [0, 1) and only spreads the delay. There is no giving
 * up: what a person must fix is tried again at the capped pace, so that the repair needs no restart.
 */
export function nextAttempt(
  state: AttemptState,
  outcome: AttemptOutcome,
  policy: BackoffPolicy,
  random: number,
  subject: string,
): { readonly state: AttemptState; readonly step: NextStep } {
  const before = outcome.progressed
    ? { ...firstAttempt, hasFallenBack: state.hasFallenBack && !outcome.hadPosition }
    : state;
  const after = { ...before, failures: before.failures + 1 };
  const { error } = outcome;
  if (error === null) {
    if (before.failures === 0) return { state: after, step: { kind: "now" } };
    const ended = new PubSubError(
      "stream_ended",
      subject,
      "the server ended the stream again, with status OK.",
    );
    return { state: after, step: backOff(after.failures, ended, policy, random) };
  }
  if (error.code === "session_rejected" && !before.hasRenewedSession) {
    return { state: { ...after, hasRenewedSession: true }, step: { kind: "now" } };
  }
  if (error.code === "position_rejected" && outcome.hadPosition) {
    // A server that refuses its own latest positions would have everything delivered again and again, and each
    // delivery counts against the org's allocation: from the second time on, slowly.
    const delayMs = before.hasFallenBack ? slowDelayMs(policy, random) : 0;
    return { state: { ...after, hasFallenBack: true }, step: { kind: "fall_back", delayMs, error } };
  }
  return { state: after, step: backOff(after.failures, error, policy, random) };
}

/** Full jitter: anything up to the doubled delay, so that clients cut off together do not come back together. */
function backOff(failures: number, error: PubSubError, policy: BackoffPolicy, random: number): NextStep {
  const { baseDelayMs, maxDelayMs } = policy;
  const fullMs = Math.min(baseDelayMs * 2 ** Math.min(failures - 1, 30), maxDelayMs);
  const delayMs = error.pace === "slow" ? slowDelayMs(policy, random) : Math.round(fullMs * random);
  return { kind: "back_off", delayMs, error };
}

/** For what haste makes worse: between half of the longest delay and all of it. */
function slowDelayMs(policy: BackoffPolicy, random: number): number {
  return Math.round(policy.maxDelayMs * (0.5 + random / 2));
}
