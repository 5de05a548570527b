import { createHash } from "node:crypto";
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
  },
  reason: "undecodable" | "invalid" | "id_reused",
  detail: string,
): Promise<void> {
  await sql.query(
    `INSERT INTO quarantine (org_id, topic, event_id, replay_id, schema_id, raw, raw_digest, reason, detail)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (org_id, topic, event_id, raw_digest) DO NOTHING`,
    [
      source.orgId,
      source.topic,
      event.eventId,
      event.replayId,
      event.schemaId,
      event.raw,
      createHash("sha256").update(event.raw).digest("hex"),
      reason,
      detail.slice(0, 1000),
    ],
  );
}
