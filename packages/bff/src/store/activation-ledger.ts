import type { Database } from "./database.ts";
import { appendJournal } from "./journal.ts";
import { lockRevision } from "./lock-revision.ts";
import type { Store } from "./store.ts";

/** A completed order whose `Order.Status` still has to become Activated. */
export type DueActivation = {
  readonly orgId: string;
  readonly orderId: string;
  readonly revisionId: number;
  readonly failures: number;
};

const IN_FLIGHT_MS = 30_000;

/** Takes completed orders whose completion Salesforce has already; the activation goes alone, after it. */
export async function takeDueActivations(
  database: Database,
  orgId: string,
  limit: number,
): Promise<readonly DueActivation[]> {
  const { rows } = await database.query<{ order_id: string; revision_id: number; failures: number }>(
    `WITH due AS (
       SELECT org_id, order_id FROM dirty_order
       WHERE org_id = $1 AND activation = 'wanted' AND written_seq = dirty_seq
         AND (activate_at IS NULL OR activate_at <= now())
       ORDER BY flush_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     UPDATE dirty_order AS d SET activate_at = now() + $3::integer * interval '1 millisecond'
     FROM due WHERE d.org_id = due.org_id AND d.order_id = due.order_id
     RETURNING d.order_id, d.revision_id, d.failures`,
    [orgId, limit, IN_FLIGHT_MS],
  );
  return rows.map((row) => ({
    orgId,
    orderId: row.order_id,
    revisionId: row.revision_id,
    failures: row.failures,
  }));
}

export async function recordActivated(store: Store, activation: DueActivation): Promise<void> {
  const { orgId, orderId, revisionId } = activation;
  await store.transaction(async (tx) => {
    await lockRevision(tx, revisionId);
    await tx.query(
      "UPDATE dirty_order SET activation = 'done', failures = 0, last_error = NULL WHERE org_id = $1 AND order_id = $2",
      [orgId, orderId],
    );
    await appendJournal(tx, { orgId, orderId, revisionId, kind: "salesforce_activated" });
  });
}

export async function recordActivationRetry(
  store: Store,
  activation: DueActivation,
  reason: string,
  delayMs: number,
): Promise<void> {
  await store.query(
    `UPDATE dirty_order SET failures = failures + 1, last_error = $3,
            activate_at = now() + $4::integer * interval '1 millisecond'
     WHERE org_id = $1 AND order_id = $2`,
    [activation.orgId, activation.orderId, reason.slice(0, 500), delayMs],
  );
}

/**
 * The org refuses the activation (a rule or an automation of its own). The service works, so the revision stays
 * completed; a person has to see to the order's status.
 */
export async function recordActivationRefused(
  store: Store,
  activation: DueActivation,
  reason: string,
): Promise<void> {
  const { orgId, orderId, revisionId } = activation;
  await store.transaction(async (tx) => {
    await lockRevision(tx, revisionId);
    await tx.query(
      `UPDATE dirty_order SET activation = 'refused', failures = failures + 1, last_error = $3
       WHERE org_id = $1 AND order_id = $2`,
      [orgId, orderId, reason.slice(0, 500)],
    );
    await tx.query(
      `INSERT INTO fallout (revision_id, code, class, summary) VALUES ($1, 'SF_ACTIVATION_REFUSED', 'needs_operator', $2)
       ON CONFLICT (revision_id, step_id) WHERE resolved_at IS NULL
       DO UPDATE SET occurrences = fallout.occurrences + 1, last_seen = now()`,
      [revisionId, `The service works, but Salesforce refused Status = Activated: ${reason}`.slice(0, 500)],
    );
    await appendJournal(tx, { orgId, orderId, revisionId, kind: "salesforce_refused", detail: { reason } });
  });
}
