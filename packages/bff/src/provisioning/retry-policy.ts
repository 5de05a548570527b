import type { Failure } from "../orders/failure.ts";

/** Delays in milliseconds: the first is `baseDelayMs`, each later one doubles, up to `maxDelayMs`. */
export type RetryPolicy = {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** The longest delay while a whole module is out: short, so that everything goes on soon after it is back. */
  readonly moduleWideMaxDelayMs: number;
};

export const defaultRetryPolicy: RetryPolicy = {
  baseDelayMs: 1_000,
  maxDelayMs: 300_000,
  moduleWideMaxDelayMs: 15_000,
};

export type RetryDecision =
  | { readonly kind: "retry"; readonly delayMs: number }
  /** `failure` is what the person sees: the failure itself, or that its retries are used up. */
  | { readonly kind: "give_up"; readonly failure: Failure };

/**
 * Pure: what follows from a step's failure.
 *
 * @param failures how often the step failed before this time, in a row.
 * @param random in [0, 1): spreads the delay over its upper half.
 */
export function decideRetry(
  failure: Failure,
  failures: number,
  time: { readonly nowMs: number; readonly dueAtMs: number },
  policy: RetryPolicy,
  random: number,
): RetryDecision {
  const maxDelayMs = failure.moduleWide ? policy.moduleWideMaxDelayMs : policy.maxDelayMs;
  const fullMs = Math.min(policy.baseDelayMs * 2 ** Math.min(failures, 30), maxDelayMs);
  const delayMs = Math.max(Math.round(fullMs * (0.5 + random / 2)), failure.retryAfterMs ?? 0);
  // What every order would fail with is not this order's fault: it waits, whatever the class, and is not held.
  if (failure.moduleWide) return { kind: "retry", delayMs };
  if (failure.class !== "retryable" && failure.class !== "rate_limited") return { kind: "give_up", failure };
  if (time.nowMs + delayMs <= time.dueAtMs) return { kind: "retry", delayMs };
  return {
    kind: "give_up",
    failure: {
      ...failure,
      class: "needs_operator",
      code: "RETRY_BUDGET_SPENT",
      summary:
        `Gave up after ${failures + 1} failures in a row, the last: ${failure.code}: ${failure.summary}`.slice(
          0,
          500,
        ),
    },
  };
}
