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
 * @throws {StoreError} `stale_epoch` when another subscriber took over; the transaction must not commit.
 */
export async function movePosition(
  sql: Sql,
  position: { readonly orgId: string; readonly topic: string; readonly epoch: number },
  replayId: Uint8Array,
): Promise<void> {
  const { orgId, topic, epoch } = position;
  const moved = await sql.query(
    "UPDATE cursor SET replay_id = $4, updated_at = now() WHERE org_id = $1 AND topic = $2 AND epoch = $3",
    [orgId, topic, epoch, replayId],
  );
  if (moved.rowCount === 0) {
    throw new StoreError(
      "stale_epoch",
      `another subscriber took over ${topic} (this one held epoch ${epoch}): nothing of the batch was stored, and it will store it.`,
    );
  }
}
