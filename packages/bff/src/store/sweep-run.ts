import type { Sql } from "./database.ts";
import type { GapTopic } from "./gap.ts";

export type SweepCause = "periodic" | "command";
export type SweepScope = "recent" | "all";

/** One look for approvals that no event told of. Times are ISO 8601, UTC. */
export type SweepRun = {
  readonly cause: SweepCause;
  readonly scope: SweepScope;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Orders that the org showed. */
  readonly seen: number;
  readonly admitted: number;
  /** Why it was cut short; null when it was not. */
  readonly problem: string | null;
};

/** Runs that ended well and looked at all they were to look at. */
export type CleanSweeps = {
  /** When the last one began; null before the first. */
  readonly lastStartedAt: string | null;
  readonly lastFinishedAt: string | null;
  /** The same of the last one that looked at all orders since go-live. */
  readonly lastOfAllStartedAt: string | null;
};

/** Notes that a run begins; reports that are older than a month go. @returns its number. */
export async function beginSweep(
  sql: Sql,
  { orgId, topic }: GapTopic,
  run: { readonly cause: SweepCause; readonly scope: SweepScope; readonly startedAt: string },
): Promise<number> {
  await sql.query(
    "DELETE FROM sweep_run WHERE org_id = $1 AND started_at < $2::timestamptz - interval '30 days'",
    [orgId, run.startedAt],
  );
  const { rows } = await sql.query<{ run_id: number }>(
    `INSERT INTO sweep_run (org_id, topic, cause, scope, started_at) VALUES ($1, $2, $3, $4, $5)
     RETURNING run_id`,
    [orgId, topic, run.cause, run.scope, run.startedAt],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the inserted run of the sweep did not come back");
  return row.run_id;
}

export async function finishSweep(
  sql: Sql,
  runId: number,
  result: Pick<SweepRun, "seen" | "admitted" | "problem"> & { readonly finishedAt: string },
): Promise<void> {
  await sql.query(
    "UPDATE sweep_run SET finished_at = $2, seen = $3, admitted = $4, problem = $5 WHERE run_id = $1",
    [runId, result.finishedAt, result.seen, result.admitted, result.problem],
  );
}

export async function readCleanSweeps(sql: Sql, { orgId, topic }: GapTopic): Promise<CleanSweeps> {
  const { rows } = await sql.query<Record<"started" | "finished" | "all_started", Date | null>>(
    `SELECT max(started_at) AS started, max(finished_at) AS finished,
            max(started_at) FILTER (WHERE scope = 'all') AS all_started
     FROM sweep_run WHERE org_id = $1 AND topic = $2 AND finished_at IS NOT NULL AND problem IS NULL`,
    [orgId, topic],
  );
  const [row] = rows;
  return {
    lastStartedAt: row?.started?.toISOString() ?? null,
    lastFinishedAt: row?.finished?.toISOString() ?? null,
    lastOfAllStartedAt: row?.all_started?.toISOString() ?? null,
  };
}

/** The newest run, whatever became of it. */
export async function readLastSweep(sql: Sql, { orgId, topic }: GapTopic): Promise<SweepRun | undefined> {
  type Row = Pick<SweepRun, "cause" | "scope" | "seen" | "admitted" | "problem"> & {
    started_at: Date;
    finished_at: Date | null;
  };
  const { rows } = await sql.query<Row>(
    `SELECT cause, scope, started_at, finished_at, seen, admitted, problem FROM sweep_run
     WHERE org_id = $1 AND topic = $2 ORDER BY run_id DESC LIMIT 1`,
    [orgId, topic],
  );
  return rows.map(({ started_at, finished_at, ...run }) => ({
    ...run,
    startedAt: started_at.toISOString(),
    finishedAt: finished_at?.toISOString() ?? null,
  }))[0];
}
