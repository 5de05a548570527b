import { createHash } from "node:crypto";
import type { QuarantineReason } from "../orders/quarantined.ts";
import type { Sql } from "./database.ts";
import type { BusEnvelope, IncomingEvent } from "./incoming-batch.ts";

/**
 * Keeps an event that must not be started, with its raw bytes, so that nothing is skipped silently. The same bytes
 * under the same id are kept once.
 */
export async function quarantine(
  sql: Sql,
  source: { readonly orgId: string; readonly topic: string; readonly receivedAt: string },
  event: IncomingEvent,
  reason: QuarantineReason,
  detail: string,
): Promise<void> {
  const payload = event.payload === undefined ? null : JSON.stringify(event.payload);
  const { replayId, schemaId, raw } = onTheBus(event, payload ?? "");
  await sql.query(
    `INSERT INTO quarantine (org_id, topic, event_id, replay_id, schema_id, raw, raw_digest, reason, detail, payload,
                             received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::timestamptz)
     ON CONFLICT (org_id, topic, event_id, raw_digest) DO NOTHING`,
    [
      source.orgId,
      source.topic,
      event.eventId,
      replayId,
      schemaId,
      raw,
      rawDigest(raw),
      reason,
      detail.slice(0, 1000),
      payload,
      source.receivedAt,
    ],
  );
}

/** An event that is kept in quarantine, by the id and the digest of its bytes. */
type Kept = { readonly reason: QuarantineReason; readonly detail: string };

/**
 * Those of the events that are in quarantine already and not re-injected: whoever brings them again, a person decides
 * about them, so that an event is in the inbox or in quarantine and never in both.
 */
export async function findInQuarantine<
  Event extends { readonly eventId: string; readonly raw: Uint8Array | null },
>(
  sql: Sql,
  { orgId, topic }: { readonly orgId: string; readonly topic: string },
  events: readonly Event[],
): Promise<ReadonlyMap<Event, Kept>> {
  if (events.length === 0) return new Map();
  const { rows } = await sql.query<Kept & { readonly event_id: string; readonly raw_digest: string }>(
    `SELECT event_id, raw_digest, reason, detail FROM quarantine
     WHERE org_id = $1 AND topic = $2 AND event_id = ANY ($3::text[]) AND state <> 'reinjected'`,
    [orgId, topic, events.map(({ eventId }) => eventId)],
  );
  const found = new Map<Event, Kept>();
  for (const { event_id: eventId, raw_digest: digest, reason, detail } of rows) {
    for (const event of events) {
      if (event.eventId !== eventId || event.raw === null || rawDigest(event.raw) !== digest) continue;
      found.set(event, { reason, detail });
    }
  }
  return found;
}

/** What the sweep found was never on the bus: its payload stands for the bytes, and there is no position. */
function onTheBus(event: IncomingEvent, payload: string): Omit<BusEnvelope, "eventId"> {
  if (event.raw !== null) return event;
  return { replayId: new Uint8Array(), schemaId: "", raw: Buffer.from(payload) };
}

/** Tells events apart that took the same id: SHA-256 of the bytes, in hexadecimal. */
export function rawDigest(raw: Uint8Array): string {
  return createHash("sha256").update(raw).digest("hex");
}
