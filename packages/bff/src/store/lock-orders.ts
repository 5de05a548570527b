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
  const { rows } = await sql.query<{
    revision_id: number;
    order_id: string;
    request_key: string;
    state: RevisionState;
  }>(
    `SELECT revision_id, order_id, request_key, state FROM order_revision
     WHERE org_id = $1 AND (order_id = ANY ($2::text[]) OR request_key = ANY ($3::text[]))
     ORDER BY revision_id FOR UPDATE`,
    [orgId, orderIds, requestKeys],
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
