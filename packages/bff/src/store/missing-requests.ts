import type { FoundRequest } from "../orders/found-request.ts";
import type { Sql } from "./database.ts";

/**
 * Which of these requests never came in, in one query. An approval came in when the order has a revision with its key;
 * revisions are asked, not the inbox, because the inbox is pruned by age. Revisions whose key holds no counter, because
 * the org's events have none, are compared by the time of the approval, in whole seconds as Salesforce keeps it.
 *
 * A cancellation is missing when the order's work goes on and no cancellation was noted for it.
 */
export async function findMissingRequests(
  sql: Sql,
  orgId: string,
  requests: readonly FoundRequest[],
): Promise<readonly FoundRequest[]> {
  if (requests.length === 0) return [];
  const { rows } = await sql.query<{ request_key: string }>(
    `SELECT wanted.request_key
     FROM jsonb_to_recordset($2::jsonb)
       AS wanted (kind text, order_id text, request_key text, approved_at timestamptz)
     WHERE CASE wanted.kind
       WHEN 'provision' THEN NOT EXISTS (
         SELECT FROM order_revision known
         WHERE known.org_id = $1 AND known.order_id = wanted.order_id
           AND (known.request_key = wanted.request_key
             OR (known.request_key !~ '^.{18}-[0-9]+-P$'
               AND coalesce(known.approved_at, known.received_at) >= date_trunc('second', wanted.approved_at))))
       ELSE EXISTS (
         SELECT FROM order_revision unfinished
         WHERE unfinished.org_id = $1 AND unfinished.order_id = wanted.order_id
           AND unfinished.state IN ('queued', 'running', 'waiting', 'customer', 'held')
           AND NOT EXISTS (
             SELECT FROM inbox noted
             WHERE noted.org_id = $1 AND noted.order_id = wanted.order_id AND noted.disposition = 'cancellation'
               AND (noted.request_key = wanted.request_key
                 OR (noted.request_key !~ '^.{18}-[0-9]+-C$' AND noted.revision_id = unfinished.revision_id))))
       END`,
    [orgId, JSON.stringify(requests.map(wantedOf))],
  );
  const missing = new Set(rows.map((row) => row.request_key));
  return requests.filter(({ request }) => missing.has(request.requestKey));
}

function wantedOf({ request }: FoundRequest) {
  return {
    kind: request.kind,
    order_id: request.orderId,
    request_key: request.requestKey,
    approved_at: request.approvedAt,
  };
}
