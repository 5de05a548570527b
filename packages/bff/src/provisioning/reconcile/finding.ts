import type { FoundRequest } from "../../orders/found-request.ts";
import type { Question, SeenRevision } from "../../store/put-right.ts";

/**
 * What can differ between the org, the ledger and the downstreams:
 * - `APPROVAL_MISSING`       approved in the org, and never came in.
 * - `CANCELLED_UPSTREAM`     cancelled or deleted in the org, and at work here.
 * - `ORDER_WITHDRAWN`        being worked on again in the org, and at work here.
 * - `WRITE_BACK_BEHIND`      the org's order does not say what became of it.
 * - `STATUS_DRIFT`           the order's status was changed by hand against what was done.
 * - `EFFECT_MISSING`         done by the ledger, and not on the downstream's record.
 * - `ORPHAN_BILLING_ORDER`, `ORPHAN_NETWORK_SERVICE`, `ORPHAN_EFFECT`  on record under a key of ours, and not made by
 *                            the ledger.
 * - `DOUBLED_EFFECT`         two records under one key.
 * - `STEP_STUCK`             due, and nobody works on it.
 */
export type FindingCode =
  | "APPROVAL_MISSING"
  | "CANCELLED_UPSTREAM"
  | "ORDER_WITHDRAWN"
  | "WRITE_BACK_BEHIND"
  | "STATUS_DRIFT"
  | "EFFECT_MISSING"
  | "ORPHAN_BILLING_ORDER"
  | "ORPHAN_NETWORK_SERVICE"
  | "ORPHAN_EFFECT"
  | "DOUBLED_EFFECT"
  | "STEP_STUCK";

/**
 * - `repairable`  `--repair` puts it right, or gives it to a person where only that is right.
 * - `repaired`    put right.
 * - `handed_over` given to a person: the order's fallout says so.
 * - `person`      nothing can be done about it here.
 * - `changed`     it was not so any more when it was to be repaired.
 * - `failed`      repairing it failed.
 */
export type Outcome = "repairable" | "repaired" | "handed_over" | "person" | "changed" | "failed";

export type Finding = {
  readonly code: FindingCode;
  readonly orderId: string | null;
  readonly orderNumber: string | null;
  /** What differs, in an operator's words. */
  readonly found: string;
  /** What to do, or what a repair does. */
  readonly advice: string;
  readonly outcome: Outcome;
};

/** How a finding is put right. */
export type Repair =
  | { readonly kind: "admit"; readonly request: FoundRequest }
  | { readonly kind: "hold"; readonly seen: SeenRevision; readonly question: Question }
  | { readonly kind: "ask"; readonly seen: SeenRevision; readonly question: Question }
  | { readonly kind: "write_again"; readonly seen: SeenRevision; readonly activate: boolean }
  | { readonly kind: "doubt"; readonly effectKey: string; readonly question: Question }
  | { readonly kind: "wake_steps" };

/** A finding before anything was done about it; without a repair it is for a person. */
export type Draft = Omit<Finding, "outcome"> & { readonly repair: Repair | null };

/** Whether somebody still has to see to it. */
export function isLeft({ outcome }: Finding): boolean {
  return outcome !== "repaired" && outcome !== "changed";
}
