import type { ApprovedOrder } from "../orders/approved-order.ts";
import { foundRequest } from "../orders/found-request.ts";
import { recordAct } from "../store/act.ts";
import { knownRequests } from "../store/replay-marks.ts";
import type { StoreTransaction } from "../store/store.ts";
import { tryOut } from "../store/trial.ts";
import type { Tally } from "./admission-tally.ts";
import { Foresight, emptyTally, outcomeOf, tallyOf } from "./admission-tally.ts";
import type { Ordered, OutsideDeps, TellProgress } from "./outside-stream.ts";
import { orgOf } from "./outside-stream.ts";

/** Orders of one query and one transaction. */
const PORTION = 100;

export type ReplayOrdersDeps = OutsideDeps & {
  /** The orders as they are now; those that the integration user cannot see are missing. */
  readApprovals(orderIds: readonly string[], signal: AbortSignal): Promise<readonly ApprovedOrder[]>;
  /** Whether a value of `Order.Status` means approved. */
  isApproved(status: string): boolean;
};

export type OrderReplayResult = {
  readonly dryRun: boolean;
  readonly asked: number;
  /** Their latest approval is in the inbox; `outcomes` counts what became of the others. */
  readonly outcomes: Tally;
  /** Orders in another status than approved. */
  readonly notApproved: readonly string[];
  /** Deleted, or not visible to the integration user: Salesforce does not tell which. */
  readonly invisible: readonly string[];
};

/**
 * Reads orders by their ids and admits the approvals that the inbox lacks, whatever became of their events.
 *
 * @param orderIds of 18 characters.
 */
export async function replayOrders(
  deps: ReplayOrdersDeps,
  orderIds: readonly string[],
  ordered: Ordered,
  tell: TellProgress,
  signal: AbortSignal,
): Promise<OrderReplayResult> {
  const { dryRun, actor } = ordered;
  const orgId = orgOf(deps);
  const asked = [...new Set(orderIds)];
  const foresight = new Foresight();
  const notApproved: string[] = [];
  const invisible: string[] = [];
  let outcomes = emptyTally;
  for (let start = 0; start < asked.length; start += PORTION) {
    signal.throwIfAborted();
    const ids = asked.slice(start, start + PORTION);
    const orders = await deps.readApprovals(ids, signal);
    const approved = orders.filter(({ status }) => deps.isApproved(status));
    notApproved.push(
      ...orders.filter(({ status }) => !deps.isApproved(status)).map(({ orderId }) => orderId),
    );
    invisible.push(...ids.filter((id) => !orders.some(({ orderId }) => orderId === id)));
    const work = (tx: StoreTransaction) => admitOrders(deps, tx, approved);
    const portion = await (dryRun ? tryOut(deps.store, work) : deps.store.transaction(work));
    outcomes = { ...outcomes, known: outcomes.known + portion.known };
    outcomes = tallyOf(
      portion.admissions.map((admission) => (dryRun ? foresight.outcomeOf(admission) : outcomeOf(admission))),
      outcomes,
    );
    tell({ asked: asked.length, done: start + ids.length });
  }
  if (!dryRun) {
    const detail = { orders: asked, ...outcomes, notApproved, invisible };
    await recordAct(deps.store.database, { orgId, actor, kind: "replayed", detail });
  }
  return { dryRun, asked: asked.length, outcomes, notApproved, invisible };
}

async function admitOrders(deps: ReplayOrdersDeps, tx: StoreTransaction, orders: readonly ApprovedOrder[]) {
  const orgId = orgOf(deps);
  const found = orders.map((order) => foundRequest(order, "provision"));
  const known = await knownRequests(
    tx,
    orgId,
    found.map(({ request }) => request.requestKey),
  );
  const fresh = found.filter(({ request }) => !known.has(request.requestKey));
  const admissions = await deps.admit(tx, {
    orgId,
    topic: deps.topic,
    source: "sweep",
    events: fresh.map((one) => ({ kind: "request", ...one, replayId: null, schemaId: null, raw: null })),
    receivedAt: new Date(deps.now()).toISOString(),
  });
  return { known: orders.length - fresh.length, admissions };
}
