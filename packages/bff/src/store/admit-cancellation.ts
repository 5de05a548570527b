import type { ProvisionRequest } from "../orders/provision-request.ts";
import { requestKeyOf } from "../orders/provision-request.ts";
import type { RevisionState } from "../orders/revision-state.ts";
import type { AdmittedRequest } from "./admission.ts";
import { markDirty } from "./dirty-order.ts";
import { appendJournal } from "./journal.ts";
import type { StoreTransaction } from "./store.ts";

const CANCEL_REQUESTED = "CANCEL_REQUESTED";

/**
 * Takes in that an order was cancelled in Salesforce. As long as nothing was asked of any downstream the revision
 * ends here; after that a person decides what to do with what exists.
 */
export async function admitCancellation(
  tx: StoreTransaction,
  orgId: string,
  eventId: string,
  request: ProvisionRequest,
): Promise<AdmittedRequest> {
  const { orderId } = request;
  const requestKey = requestKeyOf(request, eventId);
  const { rows } = await tx.query<{ revision_id: number; state: RevisionState; effects: number }>(
    `SELECT revision_id, state,
            (SELECT count(*) FROM step JOIN effect USING (step_id) WHERE step.revision_id = r.revision_id) AS effects
     FROM order_revision r
     WHERE org_id = $1 AND order_id = $2 AND state IN ('queued', 'running', 'waiting', 'customer', 'held')
     FOR UPDATE`,
    [orgId, orderId],
  );
  const open = rows[0];
  const revisionId = open?.revision_id ?? (await latestRevision(tx, orgId, orderId));
  if (revisionId !== null) {
    await appendJournal(tx, {
      orgId,
      orderId,
      revisionId,
      kind: "cancel_requested",
      detail: { requestKey, eventId },
    });
  }
  if (open !== undefined) {
    // Steps that wait do not begin any more; one that is at work finishes, and its answer is kept.
    await tx.query(
      "UPDATE step SET state = 'skipped' WHERE revision_id = $1 AND state IN ('pending', 'ready')",
      [open.revision_id],
    );
    const next: RevisionState = open.effects === 0 ? "cancelled" : "held";
    await moveTo(tx, open.revision_id, next);
    await appendJournal(tx, {
      orgId,
      orderId,
      revisionId: open.revision_id,
      kind: "state",
      detail: { from: open.state, to: next },
    });
    await markDirty(tx, orgId, orderId, open.revision_id, "at_once");
  }
  return {
    kind: "admitted",
    eventId,
    disposition: "cancellation",
    orderId,
    orderNumber: request.orderNumber,
    requestKey,
    revisionId,
  };
}

async function latestRevision(tx: StoreTransaction, orgId: string, orderId: string): Promise<number | null> {
  const { rows } = await tx.query<{ revision_id: number }>(
    "SELECT revision_id FROM order_revision WHERE org_id = $1 AND order_id = $2 ORDER BY revision_id DESC LIMIT 1",
    [orgId, orderId],
  );
  return rows[0]?.revision_id ?? null;
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
