import type { Sql } from "./database.ts";

type Topic = { readonly orgId: string; readonly topic: string };

/** How far the stream was when a replay began: from there on the events are the stream's own business. */
export type ReplayMark = {
  /** The stored position; null before the first event. */
  readonly position: Uint8Array | null;
  /** The newest event that the stream brought; null when it brought none. */
  readonly newest: { readonly inboxId: number; readonly eventId: string } | null;
};

export async function readReplayMark(sql: Sql, { orgId, topic }: Topic): Promise<ReplayMark> {
  const cursor = await sql.query<{ replay_id: Uint8Array | null }>(
    "SELECT replay_id FROM cursor WHERE org_id = $1 AND topic = $2",
    [orgId, topic],
  );
  const newest = await sql.query<{ inbox_id: number; event_id: string }>(
    `SELECT inbox_id, event_id FROM inbox WHERE org_id = $1 AND topic = $2 AND source = 'stream'
     ORDER BY inbox_id DESC LIMIT 1`,
    [orgId, topic],
  );
  const [row] = newest.rows;
  return {
    position: cursor.rows[0]?.replay_id ?? null,
    newest: row === undefined ? null : { inboxId: row.inbox_id, eventId: row.event_id },
  };
}

/** Those of the events that the stream brought after the mark: it has passed them by itself. */
export async function broughtSince(
  sql: Sql,
  { orgId, topic }: Topic,
  mark: ReplayMark,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ event_id: string }>(
    `SELECT event_id FROM inbox
     WHERE org_id = $1 AND topic = $2 AND event_id = ANY ($3::text[]) AND source = 'stream' AND inbox_id > $4`,
    [orgId, topic, [...eventIds], mark.newest?.inboxId ?? 0],
  );
  return new Set(rows.map((row) => row.event_id));
}

/** Those of the request keys that led to a revision. */
export async function knownRequests(
  sql: Sql,
  orgId: string,
  requestKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ request_key: string }>(
    "SELECT request_key FROM order_revision WHERE org_id = $1 AND request_key = ANY ($2::text[])",
    [orgId, [...requestKeys]],
  );
  return new Set(rows.map((row) => row.request_key));
}
