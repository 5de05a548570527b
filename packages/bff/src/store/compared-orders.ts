import type { RevisionState } from "../orders/revision-state.ts";
import type { Sql } from "./database.ts";

/** An order as the ledger has it, to be compared with what Salesforce shows: the revision that does its work. */
export type LedgerOrder = {
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly revisionId: number;
  readonly state: RevisionState;
  readonly errorCode: string | null;
  /** A person was asked about the order as a whole: nothing of it begins. */
  readonly heldAsAWhole: boolean;
  /** Codes of what a person was asked and has not answered. */
  readonly openFallout: readonly string[];
  /** Salesforce was not told everything yet. */
  readonly behind: boolean;
  /** It came in, or changed, so lately that others may not know of it yet. */
  readonly cameLately: boolean;
  readonly changedLately: boolean;
  /** What would have been done, of an order that came while observing; null of any other. */
  readonly wouldDo: string | null;
};

type Row = {
  order_id: string;
  order_number: string | null;
  revision_id: number;
  state: RevisionState;
  error_code: string | null;
  held_as_a_whole: boolean;
  open_fallout: readonly string[];
  behind: boolean;
  came_lately: boolean;
  changed_lately: boolean;
  would_do: string | null;
};

const columns = `
  r.order_id, r.order_number, r.revision_id, r.state, r.error_code,
  EXISTS (SELECT FROM fallout f
          WHERE f.revision_id = r.revision_id AND f.step_id IS NULL AND f.resolved_at IS NULL) AS held_as_a_whole,
  ARRAY (SELECT f.code FROM fallout f
         WHERE f.revision_id = r.revision_id AND f.resolved_at IS NULL ORDER BY f.fallout_id) AS open_fallout,
  EXISTS (SELECT FROM dirty_order d
          WHERE d.org_id = r.org_id AND d.order_id = r.order_id AND d.written_seq < d.dirty_seq) AS behind,
  r.received_at > now() - $2::integer * interval '1 millisecond' AS came_lately,
  r.updated_at > now() - $2::integer * interval '1 millisecond' AS changed_lately,
  r.observed_plan ->> 'would' AS would_do`;

const unfinished = "r.state IN ('queued', 'running', 'waiting', 'customer', 'held', 'cancelling')";

/** These orders, as far as they are known. Of several revisions the unfinished one counts, else the newest. */
export async function readLedgerOrders(
  sql: Sql,
  orgId: string,
  graceMs: number,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, LedgerOrder>> {
  const { rows } = await sql.query<Row>(
    `SELECT DISTINCT ON (r.order_id) ${columns}
     FROM order_revision r
     WHERE r.org_id = $1 AND r.order_id = ANY ($3::text[]) AND r.state <> 'absorbed'
     ORDER BY r.order_id, ${unfinished} DESC, r.revision_id DESC`,
    [orgId, graceMs, orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, toOrder(row)]));
}

/** A page of the orders that are at work, by their ids. */
export async function readUnfinishedOrders(
  sql: Sql,
  orgId: string,
  graceMs: number,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly LedgerOrder[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM order_revision r
     WHERE r.org_id = $1 AND r.order_id > $3 AND ${unfinished}
     ORDER BY r.order_id LIMIT $4`,
    [orgId, graceMs, page.after, page.limit],
  );
  return rows.map(toOrder);
}

function toOrder(row: Row): LedgerOrder {
  return {
    orderId: row.order_id,
    orderNumber: row.order_number,
    revisionId: row.revision_id,
    state: row.state,
    errorCode: row.error_code,
    heldAsAWhole: row.held_as_a_whole,
    openFallout: row.open_fallout,
    behind: row.behind,
    cameLately: row.came_lately,
    changedLately: row.changed_lately,
    wouldDo: row.would_do,
  };
}
