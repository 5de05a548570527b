import type { ProvisionRequest } from "../orders/provision-request.ts";
import { appendJournal } from "./journal.ts";
import type { StoreTransaction } from "./store.ts";

/**
 * Resumes a held revision because the order was corrected in Salesforce and approved again: the first step runs once
 * more, so that the order is read and planned anew; failed and skipped steps become pending and follow it. What was done stays
 * done. The caller holds the revision's lock.
 */
export async function resumeByApproval(
  tx: StoreTransaction,
  held: {
    readonly orgId: string;
    readonly orderId: string;
    readonly revisionId: number;
    readonly request: ProvisionRequest;
  },
): Promise<void> {
  const { orgId, orderId, revisionId, request } = held;
  await tx.query(
    `UPDATE order_revision
     SET state = 'queued', error_code = NULL, error_message = NULL, updated_at = now(),
         approved_at = coalesce($2::timestamptz, approved_at), event_total = $3
     WHERE revision_id = $1`,
    [revisionId, request.approvedAt, request.totalAmount],
  );
  await tx.query(
    "UPDATE fallout SET resolved_at = now(), resolution = 'approved again' WHERE revision_id = $1 AND resolved_at IS NULL",
    [revisionId],
  );
  await tx.query(
    `UPDATE step SET state = 'pending', failures = 0, error_class = NULL, error_code = NULL, error_summary = NULL
     WHERE revision_id = $1 AND state IN ('failed', 'skipped')`,
    [revisionId],
  );
  const { rows } = await tx.query<{ step_id: number; attempt: number; module: string }>(
    `UPDATE step SET state = 'ready', attempt = attempt + 1, wake_at = now(), result = NULL, due_at = NULL,
                     started_at = NULL, finished_at = NULL
     WHERE step_id = (SELECT min(step_id) FROM step WHERE revision_id = $1)
     RETURNING step_id, attempt, module`,
    [revisionId],
  );
  tx.enqueue(
    rows.map((row) => ({ queue: row.module, stepId: row.step_id, attempt: row.attempt, delayMs: 0 })),
  );
  await appendJournal(tx, {
    orgId,
    orderId,
    revisionId,
    kind: "state",
    detail: { from: "held", to: "queued" },
  });
}
