import type { ProvisionRequest } from "../orders/provision-request.ts";
import { isUnfinished } from "../orders/revision-state.ts";
import type { RevisionState } from "../orders/revision-state.ts";
import type { AdmitRules } from "./admit-rules.ts";
import type { ExistingRevision, LockedOrders } from "./lock-orders.ts";

/** What is to be done about an approval. */
export type ApprovalDecision =
  | { readonly kind: "key_of_another_order"; readonly orderId: string }
  | { readonly kind: "duplicate"; readonly of: ExistingRevision }
  | { readonly kind: "before_go_live"; readonly approvedAt: string }
  | { readonly kind: "observed" }
  | { readonly kind: "absorbed"; readonly by: ExistingRevision }
  | { readonly kind: "admitted" };

/** Pure. The rules that need no look at the order's revisions but stand above them come first. */
export function decideApproval(
  request: ProvisionRequest,
  requestKey: string,
  orders: LockedOrders,
  rules: AdmitRules,
): ApprovalDecision {
  const same = orders.withKey(requestKey);
  if (same !== undefined && same.orderId !== request.orderId) {
    return { kind: "key_of_another_order", orderId: same.orderId };
  }
  if (same !== undefined) return { kind: "duplicate", of: same };
  if (request.approvedAt !== null && isBefore(request.approvedAt, rules.goLiveAt)) {
    return { kind: "before_go_live", approvedAt: request.approvedAt };
  }
  if (rules.mode === "observe") return { kind: "observed" };
  const bearer = orders.of(request.orderId).findLast(({ state }) => bearsFurtherApprovals(state));
  return bearer === undefined ? { kind: "admitted" } : { kind: "absorbed", by: bearer };
}

/** Compares whole seconds: Salesforce cuts the rest of a time, so an approval just after go-live may seem earlier. */
function isBefore(approvedAt: string, goLiveAt: string): boolean {
  return Math.floor(Date.parse(approvedAt) / 1000) < Math.floor(Date.parse(goLiveAt) / 1000);
}

/** A cancelled or failed order can be approved anew; in all these states the revision at hand does the work. */
function bearsFurtherApprovals(state: RevisionState): boolean {
  return isUnfinished(state) || state === "completed";
}
