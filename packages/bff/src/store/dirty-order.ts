import type { Sql } from "./database.ts";

/** How long progress may wait to be sent together with more of it. */
export const PROGRESS_LINGER_MS = 900;

/**
 * Notes that the order's state in Salesforce is behind. `at_once` is for what people wait for (received, held,
 * finished); `linger` lets progress coalesce into one write.
 */
export async function markDirty(
  sql: Sql,
  orgId: string,
  orderId: string,
  revisionId: number,
  urgency: "at_once" | "linger",
): Promise<void> {
  await sql.query(
    `INSERT INTO dirty_order (org_id, order_id, revision_id, flush_at)
     VALUES ($1, $2, $3, now() + $4::integer * interval '1 millisecond')
     ON CONFLICT (org_id, order_id) DO UPDATE SET
       revision_id = excluded.revision_id,
       dirty_seq   = dirty_order.dirty_seq + 1,
       -- A write that is already due keeps its time; one that is in backoff is tried again with the news.
       flush_at    = CASE WHEN dirty_order.written_seq < dirty_order.dirty_seq
                          THEN least(dirty_order.flush_at, excluded.flush_at)
                          ELSE excluded.flush_at END`,
    [orgId, orderId, revisionId, urgency === "at_once" ? 0 : PROGRESS_LINGER_MS],
  );
}

/** `markDirty` at once for many orders in one statement; no order occurs twice. */
export async function markEachDirty(
  sql: Sql,
  orgId: string,
  orders: readonly { readonly orderId: string; readonly revisionId: number }[],
): Promise<void> {
  if (orders.length === 0) return;
  await sql.query(
    `INSERT INTO dirty_order (org_id, order_id, revision_id)
     SELECT $1, order_id, revision_id::bigint FROM unnest($2::text[], $3::text[]) AS changed (order_id, revision_id)
     ON CONFLICT (org_id, order_id) DO UPDATE SET
       revision_id = excluded.revision_id,
       dirty_seq   = dirty_order.dirty_seq + 1,
       flush_at    = CASE WHEN dirty_order.written_seq < dirty_order.dirty_seq
                          THEN least(dirty_order.flush_at, excluded.flush_at)
                          ELSE excluded.flush_at END`,
    [orgId, orders.map(({ orderId }) => orderId), orders.map(({ revisionId }) => String(revisionId))],
  );
}

/** Asks for `Order.Status` = Activated, which is written alone after the order's completion was. */
export async function wantActivation(sql: Sql, orgId: string, orderId: string): Promise<void> {
  await sql.query(
    "UPDATE dirty_order SET activation = 'wanted', activate_at = NULL WHERE org_id = $1 AND order_id = $2",
    [orgId, orderId],
  );
}
