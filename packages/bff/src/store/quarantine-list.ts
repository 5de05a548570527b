import type { JsonObject } from "../orders/json.ts";
import type { QuarantineReason, QuarantineState } from "../orders/quarantined.ts";
import type { Sql } from "./database.ts";

/** One quarantined event, without its bytes. */
export type QuarantinedEvent = {
  readonly id: number;
  readonly topic: string;
  readonly eventId: string;
  /** Hexadecimal; opaque. */
  readonly replayId: string;
  readonly schemaId: string;
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly state: QuarantineState;
  readonly note: string | null;
  readonly resolvedBy: string | null;
  readonly resolvedAt: string | null;
  readonly receivedAt: string;
};

/** All of it. */
export type QuarantinedContent = QuarantinedEvent & {
  readonly raw: Uint8Array;
  readonly rawDigest: string;
  /** Null when it could not be decoded. */
  readonly payload: JsonObject | null;
};

export type QuarantineFilter = {
  readonly reason?: QuarantineReason | undefined;
  readonly state?: QuarantineState | undefined;
  readonly limit: number;
  readonly offset: number;
};

type Row = {
  quarantine_id: number;
  topic: string;
  event_id: string;
  replay_id: Uint8Array;
  schema_id: string;
  reason: QuarantineReason;
  detail: string;
  state: QuarantineState;
  note: string | null;
  resolved_by: string | null;
  resolved_at: Date | null;
  received_at: Date;
};
type ContentRow = Row & { raw: Uint8Array; raw_digest: string; payload: JsonObject | null };

const columns = `quarantine_id, topic, event_id, replay_id, schema_id, reason, detail, state, note, resolved_by,
  resolved_at, received_at`;

/** The newest first. */
export async function listQuarantined(
  sql: Sql,
  orgId: string,
  filter: QuarantineFilter,
): Promise<readonly QuarantinedEvent[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM quarantine
     WHERE org_id = $1 AND ($2::text IS NULL OR reason = $2) AND ($3::text IS NULL OR state = $3)
     ORDER BY quarantine_id DESC LIMIT $4 OFFSET $5`,
    [orgId, filter.reason ?? null, filter.state ?? null, filter.limit, filter.offset],
  );
  return rows.map((row) => toEvent(row));
}

export type QuarantineCount = {
  readonly state: QuarantineState;
  readonly reason: QuarantineReason;
  readonly events: number;
};

export async function countQuarantined(sql: Sql, orgId: string): Promise<readonly QuarantineCount[]> {
  const { rows } = await sql.query<QuarantineCount>(
    `SELECT state, reason, count(*) AS events FROM quarantine WHERE org_id = $1
     GROUP BY state, reason ORDER BY state, reason`,
    [orgId],
  );
  return rows;
}

/** Those of the ids that exist, in the order of their arrival. */
export async function readQuarantined(
  sql: Sql,
  orgId: string,
  ids: readonly number[],
): Promise<readonly QuarantinedContent[]> {
  const { rows } = await sql.query<ContentRow>(
    `SELECT ${columns}, raw, raw_digest, payload FROM quarantine
     WHERE org_id = $1 AND quarantine_id = ANY ($2::bigint[]) ORDER BY quarantine_id`,
    [orgId, [...ids]],
  );
  return rows.map((row) => ({
    ...toEvent(row),
    raw: row.raw,
    rawDigest: row.raw_digest,
    payload: row.payload,
  }));
}

/** The numbers of those that nobody decided about, in the order of their arrival. */
export async function openQuarantined(
  sql: Sql,
  orgId: string,
  reason: QuarantineReason | null,
): Promise<readonly number[]> {
  const { rows } = await sql.query<{ quarantine_id: number }>(
    `SELECT quarantine_id FROM quarantine
     WHERE org_id = $1 AND state = 'open' AND ($2::text IS NULL OR reason = $2) ORDER BY quarantine_id`,
    [orgId, reason],
  );
  return rows.map((row) => row.quarantine_id);
}

function toEvent(row: Row): QuarantinedEvent {
  return {
    id: row.quarantine_id,
    topic: row.topic,
    eventId: row.event_id,
    replayId: Buffer.from(row.replay_id).toString("hex"),
    schemaId: row.schema_id,
    reason: row.reason,
    detail: row.detail,
    state: row.state,
    note: row.note,
    resolvedBy: row.resolved_by,
    resolvedAt: row.resolved_at?.toISOString() ?? null,
    receivedAt: row.received_at.toISOString(),
  };
}
