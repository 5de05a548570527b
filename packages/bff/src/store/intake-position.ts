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
 * Takes over the topic with the epoch of its lease, so that a former subscriber's commits fail, and reads where to go
 * on. The same subscriber may take it again.
 *
 * @throws {StoreError} `stale_epoch` when a later holder of the lease took it already.
 */
export async function takePosition(
  database: Database,
  orgId: string,
  topic: string,
  epoch: number,
): Promise<IntakePosition> {
  const { rows } = await database.query<{ epoch: number; replay_id: Uint8Array | null; updated_at: Date }>(
    `INSERT INTO cursor (org_id, topic, epoch) VALUES ($1, $2, $3)
     ON CONFLICT (org_id, topic) DO UPDATE SET epoch = excluded.epoch WHERE cursor.epoch <= excluded.epoch
     RETURNING epoch, replay_id, updated_at`,
    [orgId, topic, epoch],
  );
  const row = rows[0];
  if (row === undefined) throw staleEpoch(topic, epoch);
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
    throw staleEpoch(topic, epoch);
  }
}

function staleEpoch(topic: string, epoch: number): StoreError {
  return new StoreError(
    "stale_epoch",
    `another process took over ${topic} (this one held epoch ${epoch}): nothing of the batch was stored here, and the other stores it.`,
  );
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
