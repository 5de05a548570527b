import type { StoreReader } from "./store-reader.ts";

/** A commit that moved the cursor or took it over, in the order in which they happened. */
export type CursorMove = {
  readonly seq: number;
  readonly epoch: number;
  /** Hexadecimal; null until the first position was stored. */
  readonly replayId: string | null;
  /** The process whose session it was; empty on the embedded database, which serves one. */
  readonly by: string;
};

/**
 * Lets the database write down every change of the cursor. The row's own lock puts the changes in line, so that none is
 * missed and their order is that of the commits. A change whose transaction was rolled back leaves nothing.
 */
export async function watchCursor(store: StoreReader): Promise<void> {
  await store.script(`
    CREATE SCHEMA chaos;
    CREATE TABLE chaos.cursor_move (
      seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      epoch     bigint NOT NULL,
      replay_id bytea,
      moved_by  text   NOT NULL DEFAULT current_setting('application_name')
    );
    CREATE FUNCTION chaos.note_cursor_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO chaos.cursor_move (epoch, replay_id) VALUES (NEW.epoch, NEW.replay_id);
      RETURN NEW;
    END $$;
    CREATE TRIGGER chaos_cursor_move AFTER INSERT OR UPDATE ON sluice.cursor
      FOR EACH ROW EXECUTE FUNCTION chaos.note_cursor_move();
  `);
}

export async function readCursorMoves(store: StoreReader): Promise<readonly CursorMove[]> {
  return store.read<CursorMove>(
    `SELECT seq, epoch, encode(replay_id, 'hex') AS "replayId", moved_by AS by FROM chaos.cursor_move ORDER BY seq`,
  );
}
