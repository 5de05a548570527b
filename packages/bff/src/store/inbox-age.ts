import type { Sql } from "./database.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The bus keeps events for 72 hours: a younger row may still have to tell a redelivery from a new event. */
const LEAST_DAYS = 7;

/** Small enough that an admission never waits for it noticeably. */
const PORTION = 500;

export type InboxPruningDeps = {
  readonly sql: Sql;
  readonly orgId: string;
  /** Default 30; fewer than 7 count as 7. */
  readonly keepDays?: number;
  now(): number;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  /** For logs. */
  onPruned(rows: number): void;
  onProblem(message: string): void;
};

/**
 * Deletes the inbox's old rows, every hour until `signal` aborts. A row stays as long as the work that it led to is
 * not finished. An event that comes again after its row is gone is known by its request key, and starts nothing.
 */
export async function runInboxPruning(deps: InboxPruningDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const rows = await pruneInbox(deps, signal);
      if (rows > 0) deps.onPruned(rows);
    } catch (error) {
      deps.onProblem(error instanceof Error ? error.message : String(error));
    }
    await deps.sleep(HOUR_MS, signal).catch(() => undefined);
  }
}

async function pruneInbox(deps: InboxPruningDeps, signal: AbortSignal): Promise<number> {
  const keepMs = Math.max(deps.keepDays ?? 30, LEAST_DAYS) * DAY_MS;
  const before = new Date(deps.now() - keepMs).toISOString();
  let pruned = 0;
  while (!signal.aborted) {
    const rows = await prunePortion(deps.sql, deps.orgId, before);
    pruned += rows;
    if (rows < PORTION) break;
  }
  return pruned;
}

/** Rows that an admission is just counting a delivery of are left to the next time. */
async function prunePortion(sql: Sql, orgId: string, before: string): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM inbox WHERE inbox_id IN (
       SELECT inbox_id FROM inbox
       LEFT JOIN order_revision own USING (revision_id)
       LEFT JOIN order_revision bearer ON bearer.revision_id = own.absorbed_by
       WHERE inbox.org_id = $1 AND inbox.received_at < $2::timestamptz
         AND coalesce(bearer.state, own.state, 'cancelled')
             NOT IN ('queued', 'running', 'waiting', 'customer', 'held', 'cancelling')
       LIMIT $3 FOR UPDATE OF inbox SKIP LOCKED
     )`,
    [orgId, before, PORTION],
  );
  return rowCount;
}
