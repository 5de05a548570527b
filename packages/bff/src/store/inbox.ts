import type { AdmittedRequest } from "./admission.ts";
import type { Admitting, KeyedRequest } from "./admit-wave.ts";
import type { Sql } from "./database.ts";

/**
 * Finds the events that the inbox has, and counts one more delivery of each that came with the same payload. What the
 * sweep made of one request is the same event, whatever else the order says by now.
 *
 * @returns by event id whether the payload is the same; without those that are new.
 */
export async function countRedeliveries(
  sql: Sql,
  { orgId, topic, receivedAt }: Admitting["batch"],
  requests: readonly KeyedRequest[],
): Promise<ReadonlyMap<string, "same" | "other">> {
  const incoming = new Map(requests.map((request) => [request.event.eventId, request]));
  const { rows } = await sql.query<{ inbox_id: number; event_id: string; payload_digest: string }>(
    `SELECT inbox_id, event_id, payload_digest FROM inbox
     WHERE org_id = $1 AND topic = $2 AND event_id = ANY ($3::text[])`,
    [orgId, topic, [...incoming.keys()]],
  );
  const isSame = ({ event_id, payload_digest }: (typeof rows)[number]) => {
    const request = incoming.get(event_id);
    return request?.event.raw === null || request?.digest === payload_digest;
  };
  const again = rows.filter((row) => isSame(row)).map((row) => row.inbox_id);
  if (again.length > 0) {
    await sql.query(
      `UPDATE inbox SET deliveries = deliveries + 1, last_delivered_at = $2::timestamptz
       WHERE inbox_id = ANY ($1::bigint[])`,
      [again, receivedAt],
    );
  }
  return new Map(rows.map((row) => [row.event_id, isSame(row) ? "same" : "other"]));
}

/** Keeps the events with what became of them. */
export async function storeInInbox(
  sql: Sql,
  { orgId, topic, source, receivedAt }: Admitting["batch"],
  admitted: ReadonlyMap<KeyedRequest, AdmittedRequest>,
): Promise<void> {
  if (admitted.size === 0) return;
  const all = [...admitted];
  const column = <Value>(read: (request: KeyedRequest, admission: AdmittedRequest) => Value) =>
    all.map(([request, admission]) => read(request, admission));
  await sql.query(
    `INSERT INTO inbox (org_id, topic, source, received_at, event_id, replay_id, schema_id, payload, payload_digest,
                        order_id, request_key, disposition, revision_id)
     SELECT $1, $2, $3, $4::timestamptz, event_id, decode(replay_id, 'hex'), schema_id, payload, payload_digest,
            order_id, request_key, disposition, revision_id::bigint
     FROM ROWS FROM (unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                            $12::text[]),
                     jsonb_array_elements($13::jsonb))
       AS event (event_id, replay_id, schema_id, payload_digest, order_id, request_key, disposition, revision_id,
                 payload)`,
    [
      orgId,
      topic,
      source,
      receivedAt,
      column(({ event }) => event.eventId),
      column(({ event }) => (event.replayId === null ? null : Buffer.from(event.replayId).toString("hex"))),
      column(({ event }) => event.schemaId),
      column(({ digest }) => digest),
      column((_request, admission) => admission.orderId),
      column((_request, admission) => admission.requestKey),
      column((_request, admission) => admission.disposition),
      column((_request, admission) => admission.revisionId?.toString() ?? null),
      // As one document: within an array of texts each quotation mark of theirs would be escaped and read back.
      `[${column(({ payloadText }) => payloadText).join(",")}]`,
    ],
  );
}
