import type { Database } from "./database.ts";

/** Milliseconds until something is due for Salesforce by the ledger; 0 when it is already, null when nothing is. */
export async function untilNextFlush(database: Database, orgId: string): Promise<number | null> {
  const { rows } = await database.query<{ wait_ms: number | null }>(
    `SELECT ceil(extract(epoch FROM min(due_at) - now()) * 1000)::integer AS wait_ms
     FROM (
       SELECT flush_at AS due_at FROM dirty_order WHERE org_id = $1 AND written_seq < dirty_seq
       UNION ALL
       SELECT coalesce(activate_at, flush_at) FROM dirty_order
       WHERE org_id = $1 AND activation = 'wanted' AND written_seq = dirty_seq
     ) AS due`,
    [orgId],
  );
  const waitMs = rows[0]?.wait_ms ?? null;
  return waitMs === null ? null : Math.max(0, waitMs);
}
