/** The service's ceiling of outstanding credit per stream, and ours of what is held in memory. */
const MAX_CREDIT = 100;

/** The service closes a stream that stayed without credit for 60 s. */
const STANDING_CREDIT_AFTER_MS = 30_000;

export type CreditSituation = {
  /** What the server may still send. */
  readonly outstanding: number;
  /** Events received and not yet given to the consumer. */
  readonly queued: number;
  /** Events given to the consumer, which has not asked for more since. */
  readonly inHand: number;
  /** What the consumer says it has room for. */
  readonly capacity: number;
  /** How long there has been no credit; null before the first request of a stream. */
  readonly withoutCreditMs: number | null;
};

/**
 * Pure: how many events to ask for now. `outstanding + queued` never exceeds 100, so memory is bounded however slow
 * the consumer is.
 *
 * Credit follows capacity, topped up when half of it is used, since a request per event would trip the service's
 * protection. Without capacity one event is asked for after 30 s: pausing costs a slow trickle, and keeps the stream.
 */
export function creditToRequest(situation: CreditSituation): number {
  const { outstanding, queued, inHand, withoutCreditMs } = situation;
  const capacity = Number.isFinite(situation.capacity) ? Math.max(0, Math.floor(situation.capacity)) : 0;
  const target = Math.min(MAX_CREDIT, capacity) - queued - inHand;
  if (target > 0) {
    const missing = target - outstanding;
    return outstanding === 0 || missing >= Math.ceil(target / 2) ? Math.max(0, missing) : 0;
  }
  if (outstanding > 0 || queued >= MAX_CREDIT) return 0;
  return withoutCreditMs === null || withoutCreditMs >= STANDING_CREDIT_AFTER_MS ? 1 : 0;
}
