import type { RevisionState } from "../orders/revision-state.ts";
import type { Sql } from "./database.ts";

export type ExistingRevision = {
  readonly revisionId: number;
  readonly orderId: string;
  readonly requestKey: string;
  readonly state: RevisionState;
};

/** What the store holds of the orders asked for; everything in it is locked. */
export type LockedOrders = {
  /** An order's revisions, oldest first. */
  of(orderId: string): readonly ExistingRevision[];
  /** The revision with this request key, whatever order it belongs to. */
  withKey(requestKey: string): ExistingRevision | undefined;
};

/**
 * Locks all revisions of the orders, and those that have one of the request keys: every decision about an order is
 * made under these locks. They are taken in the order of their ids, so that two transactions never wait for each other.
 */
export async function lockOrders(
  sql: Sql,
  orgId: string,
  orderIds: readonly string[],
  requestKeys: readonly string[],
): Promise<LockedOrders> {
  // Two look-ups in place of an OR, for which the planner reads all of the org's revisions. No revision can come to
  // these orders meanwhile: admissions take turns.
  const found = await sql.query<{ revision_id: number }>(
    `SELECT revision_id FROM order_revision WHERE org_id = $1 AND order_id = ANY ($2::text[])
     UNION
     SELECT revision_id FROM order_revision WHERE org_id = $1 AND request_key = ANY ($3::text[])`,
    [orgId, orderIds, requestKeys],
  );
  const rows = await lock(
    sql,
    found.rows.map((row) => row.revision_id),
  );
  const revisions = rows.map((row) => ({
    revisionId: row.revision_id,
    orderId: row.order_id,
    requestKey: row.request_key,
    state: row.state,
  }));
  const byOrder = Map.groupBy(revisions, ({ orderId }) => orderId);
  const byKey = new Map(revisions.map((revision) => [revision.requestKey, revision]));
  return { of: (orderId) => byOrder.get(orderId) ?? [], withKey: (requestKey) => byKey.get(requestKey) };
}

type RevisionRow = {
  readonly revision_id: number;
  readonly order_id: string;
  readonly request_key: string;
  readonly state: RevisionState;
};

async function lock(sql: Sql, revisionIds: readonly number[]): Promise<readonly RevisionRow[]> {
  if (revisionIds.length === 0) return [];
  const { rows } = await sql.query<RevisionRow>(
    `SELECT revision_id, order_id, request_key, state FROM order_revision
     WHERE revision_id = ANY ($1::bigint[]) ORDER BY revision_id FOR UPDATE`,
    [revisionIds],
  );
  return rows;
}
