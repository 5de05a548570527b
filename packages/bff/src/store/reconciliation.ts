import type { Sql } from "./database.ts";

/** One comparison; `report` is null while it runs and when it broke, `problem` then says why. */
export type ReconciliationRun<Report> = {
  readonly runId: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly report: Report | null;
  readonly problem: string | null;
};

/** @param at ISO 8601. */
export async function beginReconciliation(sql: Sql, orgId: string, at: string): Promise<number> {
  const { rows } = await sql.query<{ run_id: number }>(
    "INSERT INTO reconciliation (org_id, started_at) VALUES ($1, $2) RETURNING run_id",
    [orgId, at],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the inserted reconciliation did not come back");
  return row.run_id;
}

export async function finishReconciliation(
  sql: Sql,
  runId: number,
  end: { readonly at: string; readonly report: object | null; readonly problem: string | null },
): Promise<void> {
  await sql.query(
    "UPDATE reconciliation SET finished_at = $2, report = $3::jsonb, problem = $4 WHERE run_id = $1",
    [runId, end.at, end.report === null ? null : JSON.stringify(end.report), end.problem],
  );
}

/** The newest run, with its report as it was kept. */
export async function readLastReconciliation<Report>(
  sql: Sql,
  orgId: string,
): Promise<ReconciliationRun<Report> | undefined> {
  const { rows } = await sql.query<{
    run_id: number;
    started_at: Date;
    finished_at: Date | null;
    report: Report | null;
    problem: string | null;
  }>(
    `SELECT run_id, started_at, finished_at, report, problem FROM reconciliation
     WHERE org_id = $1 ORDER BY run_id DESC LIMIT 1`,
    [orgId],
  );
  return rows.map((row) => ({
    runId: row.run_id,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    report: row.report,
    problem: row.problem,
  }))[0];
}
