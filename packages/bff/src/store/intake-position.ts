import type { Database, Sql } from "./database.ts";
import { StoreError } from "./store-error.ts";

/** A subscriber's right to move the cursor: the epoch that it took. */
export type IntakePosition = {
  readonly orgId: string;
  readonly topic: string;
  readonly epoch: number;
  /** Null until the first event was stored. */
  readonly replayId: Uint8Array | null;
  /** When the position last moved; milliseconds since 1970. */
  readonly movedAtMs: number | null;
};

/**
 * Takes over the topic: raises the epoch, so that a former subscriber's commits fail, and reads where to go on.
 */
export async function takePosition(
  database: Database,
  orgId: string,
  topic: string,
): Promise<IntakePosition> {
  const { rows } = await database.query<{ epoch: number; replay_id: Uint8Array | null; updated_at: Date }>(
    `INSERT INTO cursor (org_id, topic, epoch) VALUES ($1, $2, 1)
     ON CONFLICT (org_id, topic) DO UPDATE SET epoch = cursor.epoch + 1
     RETURNING epoch, replay_id, updated_at`,
    [orgId, topic],
  );
  const row = rows[0];
  if (row === undefined) throw new Error("the cursor row was neither inserted nor updated");
  const movedAtMs = row.replay_id === null ? null : row.updated_at.getTime();
  return { orgId, topic, epoch: row.epoch, replayId: row.replay_id, movedAtMs };
}

/**
 * Moves the cursor, in the transaction that stores what lies before it.
 *
 * @param receivedAt when the first event before it came in; ISO 8601. Up to then nothing is in doubt.
 * @throws {StoreError} `stale_epoch` when another subscriber took over; the transaction must not commit.
 */
export async function movePosition(
  sql: Sql,
  position: { readonly orgId: string; readonly topic: string; readonly epoch: number },
  replayId: Uint8Array,
  receivedAt: string,
): Promise<void> {
  const { orgId, topic, epoch } = position;
  const moved = await sql.query(
    `UPDATE cursor SET replay_id = $4, updated_at = $5::timestamptz
     WHERE org_id = $1 AND topic = $2 AND epoch = $3`,
    [orgId, topic, epoch, replayId, receivedAt],
  );
  if (moved.rowCount === 0) {
    throw new StoreError(
      "stale_epoch",
      `another subscriber took over ${topic} (this one held epoch ${epoch}): nothing of the batch was stored, and it will store it.`,
    );
  }
}

/**
 * After which position to read, to get every event again that came in at `at` or later; null when the inbox goes back
 * less far.
 *
 * An event's time of receipt is that of the first of its batch, so the last batch that began before `at` may reach
 * beyond it. The one before it does not: it was all there when the last one began.
 */
export async function replayIdBefore(
  sql: Sql,
  { orgId, topic }: { readonly orgId: string; readonly topic: string },
  at: string,
): Promise<Uint8Array | null> {
  const { rows } = await sql.query<{ replay_id: Uint8Array }>(
    `WITH newest AS (
       SELECT max(received_at) AS began_at FROM inbox
       WHERE org_id = $1 AND topic = $2 AND source = 'stream' AND received_at < $3::timestamptz
     )
     SELECT replay_id FROM inbox, newest
     WHERE org_id = $1 AND topic = $2 AND source = 'stream' AND received_at < began_at
     ORDER BY received_at DESC, inbox_id DESC LIMIT 1`,
    [orgId, topic, at],
  );
  return rows[0]?.replay_id ?? null;
}

/** A break in the topic's continuity: numbered, and open until it was checked. Returns the gap's number. */
export async function openGap(
  sql: Sql,
  position: { readonly orgId: string; readonly topic: string },
  rejected: Uint8Array,
): Promise<number> {
  const { rows } = await sql.query<{ gap_id: number }>(
    `INSERT INTO gap (org_id, topic, cause, rejected, window_start)
     SELECT $1, $2, 'replay_id_rejected', $3, (SELECT updated_at FROM cursor WHERE org_id = $1 AND topic = $2)
     ON CONFLICT (org_id, topic, rejected) WHERE closed_at IS NULL DO UPDATE SET opened_at = gap.opened_at
     RETURNING gap_id`,
    [position.orgId, position.topic, rejected],
  );
  return rows[0]?.gap_id ?? 0;
}
