import type { Sql } from "./database.ts";

/** A step that nobody works on although it is due: its worker is gone, or no worker comes for it. */
export type StuckStep = {
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly module: string;
  readonly label: string;
  readonly state: "running" | "ready";
  readonly sinceMs: number;
};

/** The longest stuck first. */
export async function readStuckSteps(
  sql: Sql,
  orgId: string,
  overdueMs: number,
  limit: number,
): Promise<readonly StuckStep[]> {
  const { rows } = await sql.query<{
    order_id: string;
    order_number: string | null;
    module: string;
    label: string;
    state: StuckStep["state"];
    since_ms: number;
  }>(
    `SELECT r.order_id, r.order_number, s.module, s.label, s.state,
            floor(extract(epoch FROM now() - coalesce(s.lease_until, s.wake_at)) * 1000)::bigint AS since_ms
     FROM step s JOIN order_revision r USING (revision_id)
     WHERE r.org_id = $1 AND s.state IN ('running', 'ready')
       AND coalesce(s.lease_until, s.wake_at) < now() - $2::integer * interval '1 millisecond'
     ORDER BY coalesce(s.lease_until, s.wake_at), s.step_id LIMIT $3`,
    [orgId, overdueMs, limit],
  );
  return rows.map((row) => ({
    orderId: row.order_id,
    orderNumber: row.order_number,
    module: row.module,
    label: row.label,
    state: row.state,
    sinceMs: row.since_ms,
  }));
}
