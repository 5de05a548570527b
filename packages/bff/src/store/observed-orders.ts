import type { Sql } from "./database.ts";

/** What came while observing, by what would have been done. */
export type ObservedCounts = {
  readonly received: number;
  readonly wouldProvision: number;
  readonly wouldHold: number;
  readonly wouldDoNothing: number;
  /** Not planned yet. */
  readonly unplanned: number;
};

export async function countObserved(sql: Sql, orgId: string): Promise<ObservedCounts> {
  const { rows } = await sql.query<{ would: string | null; n: number }>(
    `SELECT r.observed_plan ->> 'would' AS would, count(*) AS n FROM order_revision r
     WHERE r.org_id = $1 AND r.state = 'before_go_live'
       AND EXISTS (SELECT 1 FROM inbox i WHERE i.revision_id = r.revision_id AND i.disposition = 'observed')
     GROUP BY would`,
    [orgId],
  );
  const count = (would: string | null) => rows.find((row) => row.would === would)?.n ?? 0;
  return {
    received: rows.reduce((sum, row) => sum + row.n, 0),
    wouldProvision: count("provision"),
    wouldHold: count("hold"),
    wouldDoNothing: count("nothing"),
    unplanned: count(null),
  };
}
