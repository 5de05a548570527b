import { isUnfinished } from "../orders/revision-state.ts";
import type { AdmittedRequest } from "./admission.ts";
import type { Admitting, KeyedRequest } from "./admit-wave.ts";
import { markDirty } from "./dirty-order.ts";
import { appendJournal } from "./journal.ts";
import type { ExistingRevision } from "./lock-orders.ts";
import type { StoreTransaction } from "./store.ts";

const CANCEL_REQUESTED = "CANCEL_REQUESTED";

/**
 * Takes in that an order was cancelled in Salesforce. As long as nothing was asked of any downstream the revision
 * ends here; after that a person decides what to do with what exists. While the deployment only observes it is noted.
 *
 * @param revisions all of the order's, oldest first; locked.
 */
export async function admitCancellation(
  tx: StoreTransaction,
  { batch, rules }: Admitting,
  { event, requestKey }: KeyedRequest,
  revisions: readonly ExistingRevision[],
): Promise<AdmittedRequest> {
  const { orgId } = batch;
  const { eventId } = event;
  const { orderId, orderNumber } = event.request;
  const open = revisions.find(({ state }) => isUnfinished(state) && state !== "cancelling");
  const revisionId = (open ?? revisions.at(-1))?.revisionId ?? null;
  if (revisionId !== null) {
    await appendJournal(tx, {
      orgId,
      orderId,
      revisionId,
      kind: "cancel_requested",
      detail: { requestKey, eventId },
    });
  }
  if (open !== undefined && rules.mode === "live") {
    await stop(tx, open.revisionId);
    const next = (await countEffects(tx, open.revisionId)) === 0 ? "cancelled" : "held";
    await moveTo(tx, open.revisionId, next);
    await appendJournal(tx, {
      orgId,
      orderId,
      revisionId: open.revisionId,
      kind: "state",
      detail: { from: open.state, to: next },
    });
    await markDirty(tx, orgId, orderId, open.revisionId, "at_once");
  }
  const disposition = "cancellation";
  return { kind: "admitted", eventId, disposition, orderId, orderNumber, requestKey, revisionId };
}

/** Steps that wait do not begin any more; one that is at work finishes, and its answer is kept. */
async function stop(tx: StoreTransaction, revisionId: number): Promise<void> {
  await tx.query(
    "UPDATE step SET state = 'skipped' WHERE revision_id = $1 AND state IN ('pending', 'ready')",
    [revisionId],
  );
}

async function countEffects(tx: StoreTransaction, revisionId: number): Promise<number> {
  const { rows } = await tx.query<{ effects: number }>(
    "SELECT count(*) AS effects FROM step JOIN effect USING (step_id) WHERE revision_id = $1",
    [revisionId],
  );
  return rows[0]?.effects ?? 0;
}

async function moveTo(tx: StoreTransaction, revisionId: number, state: "cancelled" | "held"): Promise<void> {
  if (state === "cancelled") {
    await tx.query(
      `UPDATE order_revision SET state = 'cancelled', completed_at = now(), updated_at = now(),
              error_code = NULL, error_message = NULL WHERE revision_id = $1`,
      [revisionId],
    );
    return;
  }
  const summary =
    "The order was cancelled in Salesforce after provisioning had begun. Undo what exists downstream, or finish it.";
  await tx.query(
    `UPDATE order_revision SET state = 'held', error_code = $2, error_message = $3, updated_at = now()
     WHERE revision_id = $1`,
    [revisionId, CANCEL_REQUESTED, summary],
  );
  await tx.query(
    `INSERT INTO fallout (revision_id, code, class, summary) VALUES ($1, $2, 'needs_operator', $3)
     ON CONFLICT (revision_id, step_id) WHERE resolved_at IS NULL
     DO UPDATE SET occurrences = fallout.occurrences + 1, last_seen = now()`,
    [revisionId, CANCEL_REQUESTED, summary],
  );
}
