import type { Sql } from "./database.ts";
import type { GapCause, GapCheck } from "./gap.ts";

/** A break in a topic's continuity. Times are ISO 8601, UTC. */
export type Gap = {
  readonly gapId: number;
  readonly topic: string;
  readonly cause: GapCause;
  readonly detail: string;
  /** Approvals in this window are in doubt; null: since go-live. */
  readonly windowStart: string | null;
  readonly windowEnd: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  /** Approvals that were admitted on its account. */
  readonly refilled: number;
  readonly lastCheck: GapCheck | null;
};

type Row = {
  gap_id: number;
  topic: string;
  cause: GapCause;
  detail: string;
  window_start: Date | null;
  window_end: Date;
  opened_at: Date;
  closed_at: Date | null;
  refilled: number;
  last_check: GapCheck | null;
};

const columns = `gap_id, topic, cause, detail, window_start, coalesce(window_end, opened_at) AS window_end,
                 opened_at, closed_at, refilled, last_check`;

/** The oldest first. */
export async function readGaps(sql: Sql, orgId: string, which: "open" | "all"): Promise<readonly Gap[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM gap WHERE org_id = $1 AND ($2::boolean OR closed_at IS NULL) ORDER BY gap_id`,
    [orgId, which === "all"],
  );
  return rows.map(gapOf);
}

export async function readGap(sql: Sql, orgId: string, gapId: number): Promise<Gap | undefined> {
  const { rows } = await sql.query<Row>(`SELECT ${columns} FROM gap WHERE org_id = $1 AND gap_id = $2`, [
    orgId,
    gapId,
  ]);
  return rows.map(gapOf)[0];
}

function gapOf(row: Row): Gap {
  return {
    gapId: row.gap_id,
    topic: row.topic,
    cause: row.cause,
    detail: row.detail,
    windowStart: row.window_start?.toISOString() ?? null,
    windowEnd: row.window_end.toISOString(),
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    refilled: row.refilled,
    lastCheck: row.last_check,
  };
}
