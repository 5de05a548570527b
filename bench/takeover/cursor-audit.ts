import type { Database } from "../../packages/bff/src/store/database.ts";

/** Lets the database itself note each move of the cursor with its epoch, whoever makes it and whatever that knows. */
export async function auditCursor(database: Database): Promise<void> {
  await database.script(`
    CREATE TABLE cursor_audit (
      audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      epoch    bigint NOT NULL
    );
    CREATE FUNCTION note_cursor() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
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
