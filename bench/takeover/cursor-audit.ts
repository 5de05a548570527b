import type { Database } from "../../packages/bff/src/store/database.ts";

/**
 * Lets the database itself note each move of the cursor with its epoch, whoever makes it and whatever that knows. Two
 * sequences count what was asked and what moved: they keep what a transaction did that was rolled back.
 */
export async function auditCursor(database: Database): Promise<void> {
  await database.script(`
    CREATE TABLE cursor_audit (
      audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      epoch    bigint NOT NULL
    );
    CREATE SEQUENCE cursor_asked;
    CREATE SEQUENCE cursor_moved;
    SELECT nextval('cursor_asked'), nextval('cursor_moved');
    CREATE FUNCTION count_asked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM nextval('cursor_asked');
      RETURN NULL;
    END $$;
    CREATE TRIGGER cursor_asked AFTER UPDATE ON cursor
      FOR EACH STATEMENT EXECUTE FUNCTION count_asked();
    CREATE FUNCTION note_cursor() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        PERFORM nextval('cursor_moved');
      END IF;
      INSERT INTO cursor_audit (epoch) VALUES (NEW.epoch);
      RETURN NULL;
    END $$;
    CREATE TRIGGER cursor_audit AFTER INSERT OR UPDATE ON cursor
      FOR EACH ROW EXECUTE FUNCTION note_cursor();
  `);
}

/** How often `epoch` moved the cursor after a later one had. */
export async function countZombieCommits(database: Database, epoch: number): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    `SELECT count(*) AS n FROM cursor_audit AS move
     WHERE move.epoch = $1
       AND EXISTS (SELECT FROM cursor_audit AS later
                   WHERE later.epoch > move.epoch AND later.audit_id < move.audit_id)`,
    [epoch],
  );
  return rows[0]?.n ?? 0;
}

/** How often the cursor should have been moved under an epoch that it no longer had; only the growth means something. */
export async function countRefused(database: Database): Promise<number> {
  const { rows } = await database.query<{ refused: number }>(
    `SELECT asked.last_value - moved.last_value AS refused FROM cursor_asked AS asked, cursor_moved AS moved`,
  );
  return rows[0]?.refused ?? 0;
}
