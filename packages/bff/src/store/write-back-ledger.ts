import type { RevisionState } from "../orders/revision-state.ts";
import type { Database, Sql } from "./database.ts";
import { appendJournal } from "./journal.ts";
import { lockRevision } from "./lock-revision.ts";
import type { Store } from "./store.ts";

/** The state of one order as it is now, to be sent to Salesforce. Times are ISO 8601. */
export type DueWrite = {
  readonly orgId: string;
  readonly orderId: string;
  readonly revisionId: number;
  /** What the ledger knew when this was read; a later change keeps the order dirty. */
  readonly dirtySeq: number;
  /** Strictly rising for an order. */
  readonly version: number;
  readonly failures: number;
  readonly state: RevisionState;
  readonly stepLabel: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly startedAt: string | null;
  readonly updatedAt: string;
  readonly completedAt: string | null;
};

/** While a write is on its way nobody else takes it; should its process die, it is due again after this. */
const IN_FLIGHT_MS = 30_000;

/**
 * Takes up to `limit` orders whose state in Salesforce is behind, with a new version each. The version follows the
 * clock, so that it goes on rising even when the store was lost and begun anew.
 */
export async function takeDueWrites(
  database: Database,
  orgId: string,
  nowMs: number,
  limit: number,
): Promise<readonly DueWrite[]> {
  const { rows } = await database.query<{
    order_id: string;
    revision_id: number;
    dirty_seq: number;
    version: number;
    failures: number;
    state: RevisionState;
    step_label: string | null;
    error_code: string | null;
    error_message: string | null;
    started_at: Date | null;
    updated_at: Date;
    completed_at: Date | null;
  }>(
    `WITH due AS (
       SELECT org_id, order_id FROM dirty_order
       WHERE org_id = $1 AND written_seq < dirty_seq AND flush_at <= now()
       ORDER BY flush_at LIMIT $3 FOR UPDATE SKIP LOCKED
     ), taken AS (
       UPDATE dirty_order AS d
       SET version = greatest(d.version + 1, $2::bigint), flush_at = now() + $4::integer * interval '1 millisecond'
       FROM due WHERE d.org_id = due.org_id AND d.order_id = due.order_id
       RETURNING d.order_id, d.revision_id, d.dirty_seq, d.version, d.failures
     )
     SELECT taken.*, r.state, r.step_label, r.error_code, r.error_message, r.started_at, r.updated_at, r.completed_at
     FROM taken JOIN order_revision r USING (revision_id)`,
    [orgId, nowMs, limit, IN_FLIGHT_MS],
  );
  return rows.map((row) => ({
    orgId,
    orderId: row.order_id,
    revisionId: row.revision_id,
    dirtySeq: row.dirty_seq,
    version: row.version,
    failures: row.failures,
    state: row.state,
    stepLabel: row.step_label,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    startedAt: row.started_at?.toISOString() ?? null,
    updatedAt: row.updated_at.toISOString(),
    completedAt: row.completed_at?.toISOString() ?? null,
  }));
}

/** Salesforce has the state now: the order is clean unless it changed meanwhile. */
export async function recordWritten(store: Store, write: DueWrite, status: string): Promise<void> {
  await store.transaction(async (tx) => {
    await lockRevision(tx, write.revisionId);
    const { rows } = await tx.query<{ before: string | null }>(
      `UPDATE dirty_order AS d
       SET written_seq = greatest(d.written_seq, $3), written_status = $4, failures = 0, last_error = NULL
       FROM (SELECT written_status FROM dirty_order WHERE org_id = $1 AND order_id = $2) AS old
       WHERE d.org_id = $1 AND d.order_id = $2
       RETURNING old.written_status AS before`,
      [write.orgId, write.orderId, write.dirtySeq, status],
    );
    if (rows[0]?.before !== status) {
      await appendJournal(tx, { ...subject(write), kind: "salesforce_written", detail: { status } });
    }
  });
}

/** The write did not arrive, or may not have: it is due again after `delayMs`, with the state as it will be then. */
export async function recordRetry(sql: Sql, write: DueWrite, reason: string, delayMs: number): Promise<void> {
  await sql.query(
    `UPDATE dirty_order SET failures = failures + 1, last_error = $3,
            flush_at = now() + $4::integer * interval '1 millisecond'
     WHERE org_id = $1 AND order_id = $2`,
    [write.orgId, write.orderId, reason.slice(0, 500), delayMs],
  );
}

/** Salesforce will not take it, whatever we do: nothing more is tried until the order's state changes again. */
export async function recordRefused(store: Store, write: DueWrite, reason: string): Promise<void> {
  await store.transaction(async (tx) => {
    await lockRevision(tx, write.revisionId);
    await tx.query(
      `UPDATE dirty_order SET written_seq = greatest(written_seq, $3), failures = failures + 1, last_error = $4
       WHERE org_id = $1 AND order_id = $2`,
      [write.orgId, write.orderId, write.dirtySeq, reason.slice(0, 500)],
    );
    await appendJournal(tx, { ...subject(write), kind: "salesforce_refused", detail: { reason } });
  });
}

function subject(write: DueWrite) {
  return { orgId: write.orgId, orderId: write.orderId, revisionId: write.revisionId };
}
