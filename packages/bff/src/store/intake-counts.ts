import type { Sql } from "./database.ts";

/** What the store knows of the intake beside the running process. */
export type IntakeCounts = {
  readonly quarantined: number;
  readonly openGaps: number;
  /** Steps that are due and not begun: the depth of the queues. */
  readonly readySteps: number;
};

export async function readIntakeCounts(sql: Sql): Promise<IntakeCounts> {
  const { rows } = await sql.query<{ quarantined: number; open_gaps: number; ready_steps: number }>(
    `SELECT (SELECT count(*) FROM quarantine WHERE state = 'open') AS quarantined,
            (SELECT count(*) FROM gap WHERE closed_at IS NULL) AS open_gaps,
            (SELECT count(*) FROM step WHERE state = 'ready' AND wake_at <= now()) AS ready_steps`,
  );
  const row = rows[0];
  return {
    quarantined: row?.quarantined ?? 0,
    openGaps: row?.open_gaps ?? 0,
    readySteps: row?.ready_steps ?? 0,
  };
}
