import type { JsonObject } from "../orders/json.ts";
import type { Sql } from "./database.ts";

/** One thing that happened to an order. */
export type JournalEntry = {
  readonly orgId: string;
  readonly orderId: string;
  readonly revisionId: number | null;
  readonly stepName?: string;
  /** `system`, or the person who acted. */
  readonly actor?: string;
  readonly kind: JournalKind;
  readonly detail?: JsonObject;
};

/** One thing that happened to one of several orders of an org. */
export type OrderEntry = Omit<JournalEntry, "orgId">;

/** What a timeline can tell. Readers must let kinds pass that they do not know. */
export type JournalKind =
  | "received" // an approval came in
  | "duplicate" // the same request came again under another event id
  | "absorbed" // a further approval joined the work that goes on
  | "before_go_live"
  | "observed" // an approval while observing: not started
  | "would_do" // what would have been done for it
  | "cancel_requested"
  | "planned"
  | "step_started"
  | "step_done"
  | "step_waiting"
  | "step_retry"
  | "step_failed"
  | "step_recovered" // its process died; it is due again
  | "state" // the revision's state changed
  | "salesforce_written"
  | "salesforce_refused"
  | "salesforce_activated";

/**
 * Appends to the journal and to the order's own stream, whose next number it takes under a row lock held until the
 * transaction ends. Lock a revision before you write its journal, never after.
 */
export async function appendJournal(sql: Sql, entry: JournalEntry): Promise<void> {
  await sql.query(
    `WITH stream AS (
       INSERT INTO order_stream (org_id, order_id, entry_count) VALUES ($1, $2, 1)
       ON CONFLICT (org_id, order_id) DO UPDATE SET entry_count = order_stream.entry_count + 1
       RETURNING entry_count
     ), entry AS (
       INSERT INTO journal (org_id, order_id, revision_id, entry_no, step_name, actor, kind, detail)
       SELECT $1, $2, $3, entry_count, $4, $5, $6, $7::jsonb FROM stream
       RETURNING seq
     )
     SELECT pg_notify(current_schema() || '_changed', '') FROM entry`,
    [
      entry.orgId,
      entry.orderId,
      entry.revisionId,
      entry.stepName ?? null,
      entry.actor ?? "system",
      entry.kind,
      JSON.stringify(entry.detail ?? {}),
    ],
  );
}

/**
 * The same for many orders in one statement; the entries are of different orders. They come into the feed in the
 * order given.
 */
export async function appendToEachOrder(
  sql: Sql,
  orgId: string,
  entries: readonly OrderEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await sql.query(
    `WITH entry AS (
       SELECT * FROM ROWS FROM (unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]),
                                jsonb_array_elements($7::jsonb))
         WITH ORDINALITY AS entry (order_id, revision_id, step_name, actor, kind, detail, place)
     ), stream AS (
       INSERT INTO order_stream (org_id, order_id, entry_count) SELECT $1, order_id, 1 FROM entry
       ON CONFLICT (org_id, order_id) DO UPDATE SET entry_count = order_stream.entry_count + 1
       RETURNING order_id, entry_count
     ), written AS (
       INSERT INTO journal (org_id, order_id, revision_id, entry_no, step_name, actor, kind, detail)
       SELECT $1, order_id, revision_id::bigint, entry_count, step_name, actor, kind, detail
       FROM entry JOIN stream USING (order_id) ORDER BY place
     )
     SELECT pg_notify(current_schema() || '_changed', '')`,
    [
      orgId,
      entries.map((entry) => entry.orderId),
      entries.map((entry) => entry.revisionId?.toString() ?? null),
      entries.map((entry) => entry.stepName ?? null),
      entries.map((entry) => entry.actor ?? "system"),
      entries.map((entry) => entry.kind),
      JSON.stringify(entries.map((entry) => entry.detail ?? {})),
    ],
  );
}
