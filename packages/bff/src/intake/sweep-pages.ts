import type { ApprovalScope } from "../orders/approval-search.ts";
import type { ApprovedOrder } from "../orders/approved-order.ts";
import { foundRequest } from "../orders/found-request.ts";
import type { FoundRequest } from "../orders/found-request.ts";
import { findMissingRequests } from "../store/missing-requests.ts";
import type { SweepDeps } from "./sweep-deps.ts";

/** What a look through some orders found, and what was done about it. */
export type PagesReport = {
  readonly seen: number;
  readonly missing: readonly FoundRequest[];
  /** Of the missing ones, those that are in the inbox now. */
  readonly admitted: number;
  readonly queries: readonly string[];
};

export type SweepProgress = { readonly seen: number; readonly missing: number };

/**
 * Looks through the orders of a scope, page by page, and admits what never came in. One query to Salesforce and one to
 * the store for each page.
 *
 * @param dryRun only tells what it would admit.
 */
export async function sweepPages(
  deps: SweepDeps,
  scope: ApprovalScope,
  dryRun: boolean,
  tell: (progress: SweepProgress) => void,
  signal: AbortSignal,
): Promise<PagesReport> {
  const { orgId } = deps.gapTopic;
  const missing: FoundRequest[] = [];
  const queries: string[] = [];
  let seen = 0;
  let admitted = 0;
  for await (const page of deps.readPages(scope, signal)) {
    queries.push(page.query);
    seen += page.orders.length;
    const wanted = page.orders.flatMap((order) => wantedOf(deps, scope, order));
    const found = await findMissingRequests(deps.database, orgId, wanted);
    missing.push(...found);
    if (!dryRun && found.length > 0) {
      await deps.admit(found, new Date(deps.now()).toISOString());
      const left = await findMissingRequests(deps.database, orgId, found);
      admitted += found.length - left.length;
      deps.onAdmitted(found.length - left.length);
    }
    tell({ seen, missing: missing.length });
  }
  return { seen, missing, admitted, queries };
}

/**
 * In a gap's window every approval counts, whatever became of the order: its first step reads the order and decides.
 * Else a cancelled order's approval is past, and only its cancellation may be missing. That has no time of its own: it
 * is left time to come by the order's last change.
 */
function wantedOf(deps: SweepDeps, scope: ApprovalScope, order: ApprovedOrder): readonly FoundRequest[] {
  const isCancelled = deps.standingOf(order.status) === "cancelled";
  const approval = foundRequest(order, "provision");
  if (!isCancelled) return [approval];
  const changedAgoMs = deps.now() - Date.parse(order.modifiedAt);
  const cancellation = changedAgoMs < deps.rules.graceMs ? [] : [foundRequest(order, "cancel")];
  return scope.kind === "window" ? [approval, ...cancellation] : cancellation;
}
