import type { RevisionState } from "../orders/revision-state.ts";
import type { Sql } from "./database.ts";

/** One order as lists show it: its newest revision that does the work. Times are ISO 8601. */
export type OrderRow = {
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly accountName: string | null;
  readonly state: RevisionState;
  /** What Salesforce was told last; null before the first write. */
  readonly salesforceStatus: string | null;
  readonly step: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly stepsDone: number;
  /** 0 until the order is planned. */
  readonly stepsTotal: number;
  readonly receivedAt: string;
  readonly updatedAt: string;
  readonly completedAt: string | null;
};

export type OrderFilter = {
  readonly state?: RevisionState | undefined;
  /** Order number, order id, or the beginning of either. */
  readonly search?: string | undefined;
  readonly limit: number;
  readonly offset: number;
};

type Row = {
  order_id: string;
  order_number: string | null;
  account_name: string | null;
  state: RevisionState;
  written_status: string | null;
  step_label: string | null;
  error_code: string | null;
  error_message: string | null;
  steps_done: number;
  steps_total: number;
  received_at: Date;
  updated_at: Date;
  completed_at: Date | null;
};

/** An order is shown by its newest revision that does work of its own. Finds a page by the index, newest first. */
const isNewestWork = `r.state <> 'absorbed' AND NOT EXISTS (
  SELECT 1 FROM order_revision AS later
  WHERE later.org_id = r.org_id AND later.order_id = r.order_id AND later.revision_id > r.revision_id
    AND later.state <> 'absorbed')`;

/** Newest first by last change. */
export async function listOrders(sql: Sql, orgId: string, filter: OrderFilter): Promise<readonly OrderRow[]> {
  const { rows } = await sql.query<Row>(
    `WITH page AS (
       SELECT * FROM order_revision AS r
       WHERE org_id = $5 AND ${isNewestWork}
         AND ($1::text IS NULL OR state = $1)
         AND ($2::text IS NULL OR starts_with(order_number, $2) OR starts_with(order_id, $2))
       ORDER BY updated_at DESC, revision_id DESC LIMIT $3 OFFSET $4
     )
     SELECT page.order_id, page.order_number, page.snapshot->>'accountName' AS account_name, page.state,
            d.written_status, page.step_label, page.error_code, page.error_message,
            coalesce(s.done, 0)::integer AS steps_done, coalesce(s.total, 0)::integer AS steps_total,
            page.received_at, page.updated_at, page.completed_at
     FROM page
     LEFT JOIN dirty_order d ON d.org_id = page.org_id AND d.order_id = page.order_id
     LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state = 'done') AS done,
              CASE WHEN count(*) = 1 THEN 0 ELSE count(*) END AS total
       FROM step WHERE step.revision_id = page.revision_id) s ON true
     ORDER BY page.updated_at DESC, page.revision_id DESC`,
    [filter.state ?? null, filter.search ?? null, filter.limit, filter.offset, orgId],
  );
  return rows.map((row) => ({
    orderId: row.order_id,
    orderNumber: row.order_number,
    accountName: row.account_name,
    state: row.state,
    salesforceStatus: row.written_status,
    step: row.step_label,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    stepsDone: row.steps_done,
    stepsTotal: row.steps_total,
    receivedAt: row.received_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    completedAt: row.completed_at?.toISOString() ?? null,
  }));
}

/** How many orders stand in each state, by their newest revision; states without orders are left out. */
export async function countOrders(
  sql: Sql,
  orgId: string,
): Promise<Readonly<Partial<Record<RevisionState, number>>>> {
  const { rows } = await sql.query<{ state: RevisionState; count: number }>(
    `SELECT state, count(*) AS count FROM order_revision AS r
     WHERE org_id = $1 AND ${isNewestWork} GROUP BY state`,
    [orgId],
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.count]));
}
