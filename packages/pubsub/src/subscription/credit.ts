import type { Capacity } from "./stream-item.ts";

/** The service's ceiling of outstanding credit per stream; reference `pubsub-api.md`, section 3.1. */
const MAX_CREDIT = 100;

/** The service closes a stream that stayed without credit for 60 s. */
const STANDING_CREDIT_AFTER_MS = 30_000;
const CLOSE_AFTER_MS = 50_000;

/** Standing credits may bring so many events more than there is room for: five minutes of a busy topic. */
const MAX_SURPLUS = 10;

export type CreditSituation = {
  /** What the server may still send. */
  readonly outstanding: number;
  /** Events received, whether waiting or in the consumer's hands. */
  readonly held: number;
  /** What the consumer says it has room for, held ones included. */
  readonly capacity: number;
  /** How long there has been no credit; null before the first request of a stream. */
  readonly withoutCreditMs: number | null;
};

/** What to do with a stream's credit now: ask for more events, leave it, or close the stream before the server does. */
export type CreditDecision =
  | { readonly kind: "request"; readonly count: number }
  | { readonly kind: "keep" }
  | { readonly kind: "close" };

const keep: CreditDecision = { kind: "keep" };

/**
 * Pure. `outstanding` never exceeds 100, and neither `outstanding + held` the capacity, save for standing credits: so
 * memory is bounded however slow the consumer is.
 *
 * Credit is topped up when half of it is used, well before it runs dry and seldom enough not to trip the service's
 * protection. Without room one event is asked for after 30 s: pausing costs a slow trickle, and keeps the stream. When
 * the trickle has filled what may be held beyond the capacity, the stream is closed before the server closes it.
 */
export function decideCredit(situation: CreditSituation): CreditDecision {
  const { outstanding, held, withoutCreditMs } = situation;
  const room = situation.capacity - held;
  if (room > 0) {
    const target = Math.min(MAX_CREDIT, room);
    const missing = target - outstanding;
    const isDue = outstanding === 0 || missing >= Math.ceil(target / 2);
    return isDue && missing > 0 ? { kind: "request", count: missing } : keep;
  }
  if (outstanding > 0) return keep;
  if (withoutCreditMs === null) return { kind: "request", count: 1 };
  if (-room < MAX_SURPLUS) {
    return withoutCreditMs >= STANDING_CREDIT_AFTER_MS ? { kind: "request", count: 1 } : keep;
  }
  return withoutCreditMs >= CLOSE_AFTER_MS ? { kind: "close" } : keep;
}

/** The capacity now, as a whole number from 0 up; what is no number counts as 0. */
export function readCapacity(capacity: Capacity): number {
  const value =
    typeof capacity === "function" ? capacity() : typeof capacity === "object" ? capacity.value : capacity;
  return Number.isFinite(value) ? Math.max(0, Math.floor(value)) : 0;
}
