/**
 * One taxonomy for everything that can go wrong with a step:
 * - `retryable`       back off and try again until the step's due time.
 * - `rate_limited`    as retryable, but the downstream said when (`retryAfterMs`).
 * - `customer`        only the customer can solve it; the clock stops.
 * - `needs_operator`  a person decides; never retried by itself.
 * - `permanent`       the order is void (deleted, cancelled upstream).
 */
export type FailureClass = "retryable" | "rate_limited" | "customer" | "needs_operator" | "permanent";

/** What a failure means for the customer: an error code owns its customer effect. */
export type CustomerEffect = "none" | "inform" | "delay" | "action" | "cancel";

/** A classified failure of one call. */
export type Failure = {
  readonly class: FailureClass;
  /** Stable, upper snake case, at most 40 characters: `SKU_NOT_MAPPED`. */
  readonly code: string;
  /** In the operator's language: what happened and what to do. No secrets, at most 500 characters. */
  readonly summary: string;
  /** The call may have had its effect: look it up before repeating it. */
  readonly outcomeUnknown: boolean;
  /** Every order would fail so (credentials, an outage page): orders wait, none is held for it. */
  readonly moduleWide: boolean;
  readonly customerEffect: CustomerEffect;
  /** When the downstream named a delay. */
  readonly retryAfterMs?: number;
  /** The downstream's own words, cut to 2,000 characters, secrets removed. */
  readonly raw?: string;
};

/** The failure that stands for a signal nobody classified: a person decides, it is never retried silently. */
export function unclassified(summary: string, raw?: string): Failure {
  return {
    class: "needs_operator",
    code: "UNCLASSIFIED",
    summary,
    outcomeUnknown: true,
    moduleWide: false,
    customerEffect: "none",
    ...(raw === undefined ? {} : { raw: raw.slice(0, 2000) }),
  };
}
