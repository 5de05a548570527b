import type { OrderVisibility } from "../orders/approval-search.ts";
import { noteCheck } from "../store/gap.ts";
import type { GapCheck } from "../store/gap.ts";
import type { Gap } from "../store/gap-list.ts";
import type { SweepDeps } from "./sweep-deps.ts";
import type { PagesReport } from "./sweep-pages.ts";
import { sweepPages } from "./sweep-pages.ts";
import { MARGIN_MS } from "./sweep-rules.ts";

export type CheckOrder = {
  readonly goLiveAt: string;
  /** `sweep`, or the person who ordered it. */
  readonly by: string;
  readonly dryRun: boolean;
};

/**
 * Refills a gap from the org's records and closes it when nothing is in doubt any more: its window ended long enough
 * ago, the signed-in user sees all orders, and every order approved in the window has its latest approval in the inbox.
 * Whatever else is the case the gap stays open and says why.
 *
 * @throws what the store throws, and the reason of `signal`; trouble with Salesforce is a reason to stay open.
 */
export async function checkGap(
  deps: SweepDeps,
  gap: Gap,
  order: CheckOrder,
  signal: AbortSignal,
): Promise<GapCheck> {
  const nowMs = deps.now();
  const base = { at: new Date(nowMs).toISOString(), by: order.by };
  const check: GapCheck = { ...base, ...(await look(deps, gap, order, nowMs, signal)) };
  if (order.dryRun) return check;
  const closed = await noteCheck(deps.database, gap, check);
  if (check.outcome === "open" || closed) return check;
  return {
    ...check,
    outcome: "open",
    reason: "the gap was widened while it was checked; it is checked again",
  };
}

async function look(
  deps: SweepDeps,
  gap: Gap,
  { goLiveAt, dryRun }: CheckOrder,
  nowMs: number,
  signal: AbortSignal,
): Promise<Omit<GapCheck, "at" | "by">> {
  const endMs = Date.parse(gap.windowEnd);
  const dueMs = endMs + Math.max(deps.rules.settleMs, deps.rules.graceMs);
  const fromMs = Math.max(
    // Go-live counts in whole seconds, like the approvals that are compared with it.
    Math.floor(Date.parse(goLiveAt) / 1000) * 1000,
    gap.windowStart === null ? 0 : Date.parse(gap.windowStart) - MARGIN_MS,
  );
  // Approvals that go missing after the end of such a gap widen it: the sweep finds them.
  const beyondMs = gap.cause === "event_missing" ? 0 : MARGIN_MS;
  const untilMs = Math.min(endMs + beyondMs, nowMs - deps.rules.graceMs);
  let pages: PagesReport = { seen: 0, missing: [], admitted: 0, queries: [] };
  let visibility: OrderVisibility | null = null;
  let trouble: string | null = null;
  try {
    if (fromMs <= untilMs) {
      const window = { approvedFrom: iso(fromMs), approvedUntil: iso(untilMs) };
      pages = await sweepPages(deps, { kind: "window", ...window }, dryRun, () => undefined, signal);
    }
    // Asked when it can decide something: it costs two calls more.
    if (nowMs >= dueMs) visibility = await deps.readVisibility(signal);
  } catch (error) {
    if (signal.aborted || !isOfSalesforce(error)) throw error;
    trouble = error.message;
  }
  const reason = whyOpen({ trouble, visibility, dueMs, nowMs, left: pages.missing.length - pages.admitted });
  return {
    outcome: reason === null ? "closed" : "open",
    reason,
    queries: [...pages.queries, ...(visibility?.queries ?? [])],
    seen: pages.seen,
    missing: pages.missing.length,
    admitted: pages.admitted,
    visibility: visibility === null ? null : { user: visibility.user, grantedBy: visibility.grantedBy },
  };
}

function whyOpen(found: {
  readonly trouble: string | null;
  readonly visibility: OrderVisibility | null;
  readonly dueMs: number;
  readonly nowMs: number;
  readonly left: number;
}): string | null {
  const { trouble, visibility, dueMs, nowMs, left } = found;
  if (trouble !== null) return `Salesforce could not be asked: ${trouble}; it is checked again by itself`;
  if (nowMs < dueMs) {
    return `events of the window may still come: it is checked again by itself, and can be closed from ${iso(dueMs)} on`;
  }
  if (visibility?.kind !== "all") {
    return `the integration user ${visibility?.user ?? ""} cannot see all orders: assign the permission set Sluice_Integration to it, or another one with View All on Order; it is checked again by itself`;
  }
  if (left > 0) {
    return `${left} approvals of the window are not in the inbox; a check that is no dry run admits them`;
  }
  return null;
}

/** Salesforce's errors reach this room through functions; they are known by their name. */
function isOfSalesforce(error: unknown): error is Error {
  return error instanceof Error && error.name === "SalesforceError";
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
