import type { JsonObject } from "../orders/json.ts";
import type { Sql } from "./database.ts";

/** One journal entry as readers see it. */
export type StreamEntry = {
  /** Position in the order's own stream. */
  readonly entryNo: number;
  readonly at: string;
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly stepName: string | null;
  readonly actor: string;
  readonly kind: string;
  readonly detail: JsonObject;
};

/** A place in the whole journal. Sequence numbers alone commit out of order; with the transaction id they do not. */
export type FeedPosition = { readonly txId: number; readonly seq: number };

export type FeedEntry = StreamEntry & { readonly position: FeedPosition };

type Row = {
  seq: number;
  tx_id: number;
  at: Date;
  order_id: string;
  order_number: string | null;
  entry_no: number;
  step_name: string | null;
  actor: string;
  kind: string;
  detail: JsonObject;
};

const columns = `j.seq, j.tx_id, j.at, j.order_id, j.entry_no, j.step_name, j.actor, j.kind, j.detail,
  (SELECT order_number FROM order_revision r WHERE r.revision_id = j.revision_id) AS order_number`;

/** One order's entries after `afterEntryNo`, oldest first. */
export async function readStream(
  sql: Sql,
  orgId: string,
  orderId: string,
  afterEntryNo: number,
  limit: number,
): Promise<readonly StreamEntry[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM journal j
     WHERE j.org_id = $1 AND j.order_id = $2 AND j.entry_no > $3 ORDER BY j.entry_no LIMIT $4`,
    [orgId, orderId, afterEntryNo, limit],
  );
  return rows.map((row) => toEntry(row));
}

/**
 * Entries after a position in commit order, oldest first. It reads only what no running transaction can precede any
 * more, so that whoever goes on from the last entry misses nothing.
 */
export async function readFeed(
  sql: Sql,
  orgId: string,
  after: FeedPosition,
  limit: number,
): Promise<readonly FeedEntry[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM journal j
     WHERE j.org_id = $1 AND j.order_id IS NOT NULL AND (j.tx_id, j.seq) > ($2::bigint, $3::bigint)
       AND j.tx_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
     ORDER BY j.tx_id, j.seq LIMIT $4`,
    [orgId, after.txId, after.seq, limit],
  );
  return rows.map((row) => ({ ...toEntry(row), position: { txId: row.tx_id, seq: row.seq } }));
}

/** The newest position that a reader may go on from. */
export async function latestFeedPosition(sql: Sql, orgId: string): Promise<FeedPosition> {
  const { rows } = await sql.query<{ tx_id: number; seq: number }>(
    `SELECT tx_id, seq FROM journal
     WHERE org_id = $1 AND tx_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
     ORDER BY tx_id DESC, seq DESC LIMIT 1`,
    [orgId],
  );
  const row = rows[0];
  return row === undefined ? { txId: 0, seq: 0 } : { txId: row.tx_id, seq: row.seq };
}

function toEntry(row: Row): StreamEntry {
  return {
    entryNo: row.entry_no,
    at: row.at.toISOString(),
    orderId: row.order_id,
    orderNumber: row.order_number,
    stepName: row.step_name,
    actor: row.actor,
    kind: row.kind,
    detail: row.detail,
  };
}
