import type { JsonObject } from "../orders/json.ts";
import type { QuarantineReason, QuarantineState } from "../orders/quarantined.ts";
import type { Sql } from "./database.ts";

/** Who decided, when and why. */
export type Resolution = {
  readonly actor: string;
  /** ISO 8601. */
  readonly at: string;
  readonly note: string | null;
};

/**
 * Takes the locks under which quarantined events are decided about. Of two operators at once the second waits here, and
 * then finds them decided.
 *
 * @returns those that nobody decided about.
 */
export async function lockOpenQuarantined(
  sql: Sql,
  orgId: string,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await sql.query<{ quarantine_id: number; state: QuarantineState }>(
    `SELECT quarantine_id, state FROM quarantine
     WHERE org_id = $1 AND quarantine_id = ANY ($2::bigint[]) ORDER BY quarantine_id FOR UPDATE`,
    [orgId, [...ids]],
  );
  return new Set(rows.filter(({ state }) => state === "open").map((row) => row.quarantine_id));
}

/** The caller holds their locks. */
export async function resolveQuarantined(
  sql: Sql,
  ids: readonly number[],
  state: "reinjected" | "discarded",
  { actor, at, note }: Resolution,
): Promise<void> {
  await sql.query(
    `UPDATE quarantine SET state = $2, resolved_by = $3, resolved_at = $4::timestamptz, note = $5
     WHERE quarantine_id = ANY ($1::bigint[])`,
    [[...ids], state, actor, at, note],
  );
}

/** It makes no sense still: what is wrong with it now stands in the place of what was wrong before. */
export async function keepQuarantined(
  sql: Sql,
  id: number,
  reason: QuarantineReason,
  detail: string,
  payload: JsonObject | null,
): Promise<void> {
  await sql.query(
    `UPDATE quarantine SET reason = $2, detail = $3, payload = coalesce($4::jsonb, payload) WHERE quarantine_id = $1`,
    [id, reason, detail.slice(0, 1000), payload === null ? null : JSON.stringify(payload)],
  );
}

/** What was decided about events that are read once more. */
export type KnownInQuarantine = {
  readonly id: number;
  readonly eventId: string;
  readonly rawDigest: string;
  readonly state: QuarantineState;
};

/** Whatever stands in quarantine under the ids, locked as by `lockOpenQuarantined`. */
export async function lockQuarantinedEvents(
  sql: Sql,
  orgId: string,
  topic: string,
  eventIds: readonly string[],
): Promise<readonly KnownInQuarantine[]> {
  const { rows } = await sql.query<{
    quarantine_id: number;
    event_id: string;
    raw_digest: string;
    state: QuarantineState;
  }>(
    `SELECT quarantine_id, event_id, raw_digest, state FROM quarantine
     WHERE org_id = $1 AND topic = $2 AND event_id = ANY ($3::text[]) ORDER BY quarantine_id FOR UPDATE`,
    [orgId, topic, [...eventIds]],
  );
  return rows.map((row) => ({
    id: row.quarantine_id,
    eventId: row.event_id,
    rawDigest: row.raw_digest,
    state: row.state,
  }));
}
