import { createHash } from "node:crypto";
import type { JsonObject } from "../orders/json.ts";
import type { QuarantineReason } from "../orders/quarantined.ts";
import type { Sql } from "./database.ts";

/**
 * Keeps an event that must not be started, with its raw bytes, so that nothing is skipped silently. The same bytes
 * under the same id are kept once.
 */
export async function quarantine(
  sql: Sql,
  source: { readonly orgId: string; readonly topic: string },
  event: {
    readonly eventId: string;
    readonly replayId: Uint8Array;
    readonly schemaId: string;
    readonly raw: Uint8Array;
    readonly payload: JsonObject | null;
  },
  reason: QuarantineReason,
  detail: string,
): Promise<void> {
  await sql.query(
    `INSERT INTO quarantine (org_id, topic, event_id, replay_id, schema_id, raw, raw_digest, reason, detail, payload)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb)
     ON CONFLICT (org_id, topic, event_id, raw_digest) DO NOTHING`,
    [
      source.orgId,
      source.topic,
      event.eventId,
      event.replayId,
      event.schemaId,
      event.raw,
      rawDigest(event.raw),
      reason,
      detail.slice(0, 1000),
      event.payload === null ? null : JSON.stringify(event.payload),
    ],
  );
}

/** Tells events apart that took the same id: SHA-256 of the bytes, in hexadecimal. */
export function rawDigest(raw: Uint8Array): string {
  return createHash("sha256").update(raw).digest("hex");
}
