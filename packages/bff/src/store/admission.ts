/** What became of one event. */
export type Admission =
  | { readonly kind: "redelivered"; readonly eventId: string }
  | {
      readonly kind: "quarantined";
      readonly eventId: string;
      readonly reason: string;
      readonly detail: string;
    }
  | AdmittedRequest;

/** The event is in the inbox, and this is the revision that it led to or belongs to. */
export type AdmittedRequest = {
  readonly kind: "admitted";
  readonly eventId: string;
  /**
   * - `admitted`       a new revision was started.
   * - `duplicate`      the same request, under another event id.
   * - `absorbed`       a further approval of an order that is at work or done.
   * - `before_go_live` noted, never started.
   * - `observed`       it came while the deployment only observes: noted, never started.
   * - `cancellation`   the order was cancelled in Salesforce.
   */
  readonly disposition:
    "admitted" | "duplicate" | "absorbed" | "before_go_live" | "observed" | "cancellation";
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly requestKey: string;
  /** Null only for a cancellation of an order that was never received. */
  readonly revisionId: number | null;
};
