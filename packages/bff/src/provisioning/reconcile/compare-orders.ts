import type { ComparedOrder } from "../../orders/approved-order.ts";
import { foundRequest } from "../../orders/found-request.ts";
import { isUnfinished } from "../../orders/revision-state.ts";
import type { LedgerOrder } from "../../store/compared-orders.ts";
import { readLedgerOrders, readUnfinishedOrders } from "../../store/compared-orders.ts";
import { findMissingRequests } from "../../store/missing-requests.ts";
import type { Draft } from "./finding.ts";
import type { Difference, ObservedReport } from "./judge-observed.ts";
import { judgeObserved } from "./judge-observed.ts";
import type { OrderRules } from "./judge-order.ts";
import { judgeOrder } from "./judge-order.ts";
import type { Comparison, ReconcileDeps } from "./reconcile-deps.ts";

/** Ids of one query. */
const UNFINISHED_PAGE = 400;
const MAX_DIFFERENCES = 100;

/** What is done with what was found on a page, before the next one is read. */
export type OnPage = (compared: number, drafts: readonly Draft[]) => Promise<void>;

/**
 * The org's orders beside the inbox and the revisions: those that were approved since, whatever they are by now. One
 * query to Salesforce for 2,000 of them.
 */
export async function compareApproved(
  deps: ReconcileDeps,
  comparison: Comparison,
  onPage: OnPage,
  signal: AbortSignal,
): Promise<{ readonly shown: number; readonly known: number; readonly observed: ObservedReport }> {
  const { database } = deps.store;
  const { orgId } = comparison;
  const observed = { compared: 0, agree: 0, undecided: 0, differ: 0, differences: [] as Difference[] };
  const counts = { shown: 0, known: 0 };
  const scope = {
    kind: "window",
    approvedFrom: laterOf(comparison.since, comparison.goLiveAt),
    approvedUntil: new Date(deps.now() - deps.graceMs).toISOString(),
  } as const;
  for await (const { orders } of deps.readApprovalPages(scope, signal)) {
    const ids = orders.map(({ orderId }) => orderId);
    const ledger = await readLedgerOrders(database, orgId, deps.graceMs, ids);
    const approvals = orders
      .filter(({ status }) => deps.standingOf(status) === "approved")
      .map((order) => foundRequest(order, "provision"));
    const missing = await findMissingRequests(database, orgId, approvals);
    const lost = new Set(missing.map(({ request }) => request.orderId));
    const drafts = missing.map((request): Draft => ({
      code: "APPROVAL_MISSING",
      orderId: request.request.orderId,
      orderNumber: request.request.orderNumber,
      found: `It was approved at ${request.request.approvedAt ?? "an unknown time"}, and that never came in.`,
      advice: "A repair takes it in as the sweep does. Look at `sluice gaps` for how it got lost.",
      repair: { kind: "admit", request },
    }));
    for (const order of orders) {
      const known = ledger.get(order.orderId);
      if (known === undefined || lost.has(order.orderId)) continue;
      if (known.wouldDo !== null)
        compareObserved(deps, { ...known, wouldDo: known.wouldDo }, order, observed);
      else if (isComparable(known)) drafts.push(...listOf(judgeOrder(rulesOf(deps, orgId), known, order)));
    }
    counts.shown += orders.length;
    counts.known += ledger.size;
    await onPage(orders.length, drafts);
  }
  return { ...counts, observed };
}

/** The orders at work here beside what Salesforce shows of them. One query to Salesforce for 400 of them. */
export async function compareUnfinished(
  deps: ReconcileDeps,
  { orgId }: Comparison,
  onPage: OnPage,
  signal: AbortSignal,
): Promise<number> {
  const { database } = deps.store;
  let compared = 0;
  let after = "";
  for (;;) {
    const page = { after, limit: UNFINISHED_PAGE };
    const ledger = await readUnfinishedOrders(database, orgId, deps.graceMs, page);
    const last = ledger.at(-1);
    if (last === undefined) return compared;
    after = last.orderId;
    const ids = ledger.map(({ orderId }) => orderId);
    const shown = new Map((await deps.readOrders(ids, signal)).map((order) => [order.orderId, order]));
    // Read again: an order that was finished while Salesforce was asked is not to be judged as unfinished.
    const current = await readLedgerOrders(database, orgId, deps.graceMs, ids);
    const drafts = [...current.values()]
      .filter(({ state }) => isUnfinished(state))
      .flatMap((known) => listOf(judgeOrder(rulesOf(deps, orgId), known, shown.get(known.orderId) ?? null)));
    compared += ledger.length;
    await onPage(ledger.length, drafts);
  }
}

function compareObserved(
  deps: ReconcileDeps,
  known: LedgerOrder & { readonly wouldDo: string },
  order: ComparedOrder,
  report: { compared: number; agree: number; undecided: number; differ: number; differences: Difference[] },
): void {
  const verdict = judgeObserved(known, order, deps.standingOf(order.status), deps.now());
  report.compared += 1;
  if (verdict === "agrees") report.agree += 1;
  else if (verdict === "undecided") report.undecided += 1;
  else {
    report.differ += 1;
    if (report.differences.length < MAX_DIFFERENCES) report.differences.push(verdict);
  }
}

/** Unfinished orders have a look of their own, whenever they were approved. */
function isComparable({ state }: LedgerOrder): boolean {
  return state === "completed" || state === "cancelled" || state === "failed";
}

function rulesOf(deps: ReconcileDeps, orgId: string): OrderRules {
  return {
    orgId,
    standingOf: (status) => deps.standingOf(status),
    provisioningStatusOf: (state) => deps.provisioningStatusOf(state),
    isSettled: (modifiedAt) => deps.now() - Date.parse(modifiedAt) >= deps.graceMs,
  };
}

function listOf(draft: Draft | undefined): readonly Draft[] {
  return draft === undefined ? [] : [draft];
}

/** In whole seconds, as Salesforce keeps times: an approval just after the moment may seem earlier. */
function laterOf(one: string, other: string): string {
  const laterMs = Math.max(Date.parse(one), Date.parse(other));
  return new Date(Math.floor(laterMs / 1000) * 1000).toISOString();
}
