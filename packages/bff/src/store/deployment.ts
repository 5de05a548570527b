import type { Database, Sql } from "./database.ts";
import { StoreError } from "./store-error.ts";

/** `observe` receives and plans, and does nothing else. */
export type Mode = "live" | "observe";

/** The org that this store serves, since when, and how. */
export type Deployment = {
  readonly orgId: string;
  /** Nothing approved before this moment is ever started. ISO 8601. */
  readonly goLiveAt: string;
  readonly mode: Mode;
  /** The environment may change what the environment said, never what a person ordered. */
  readonly modeSetBy: "environment" | "command";
  /** Null until Salesforce said so. */
  readonly isSandbox: boolean | null;
};

type Row = {
  org_id: string;
  go_live_at: Date;
  mode: Mode;
  mode_set_by: Deployment["modeSetBy"];
  is_sandbox: boolean | null;
};

const columns = "org_id, go_live_at, mode, mode_set_by, is_sandbox";

/** The current deployment, or undefined before the first start. */
export async function readDeployment(sql: Sql): Promise<Deployment | undefined> {
  const { rows } = await sql.query<Row>(`SELECT ${columns} FROM deployment WHERE is_current`);
  return rows.map((row) => toDeployment(row))[0];
}

/** Orgs that this store served before, newest first. */
export async function readFormerDeployments(sql: Sql): Promise<readonly Deployment[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM deployment WHERE NOT is_current ORDER BY adopted_at DESC`,
  );
  return rows.map((row) => toDeployment(row));
}

/**
 * Ties a fresh store to its org; a store that has one already is left as it is.
 *
 * @param goLiveAt ISO 8601.
 * @throws {StoreError} `wrong_org` when another process tied it to another org meanwhile.
 */
export async function adoptAtFirstStart(
  database: Database,
  orgId: string,
  goLiveAt: string,
  mode: Mode = "live",
): Promise<Deployment> {
  await database.query(
    `INSERT INTO deployment (org_id, go_live_at, mode) SELECT $1, $2, $3
     WHERE NOT EXISTS (SELECT 1 FROM deployment WHERE is_current) ON CONFLICT DO NOTHING`,
    [orgId, goLiveAt, mode],
  );
  const deployment = await readDeployment(database);
  if (deployment === undefined) throw new Error("the deployment row was neither there nor inserted");
  if (deployment.orgId !== orgId) {
    throw new StoreError(
      "wrong_org",
      `this store belongs to org ${deployment.orgId}, but Salesforce signed us in to ${orgId}. Nothing was started.`,
    );
  }
  return deployment;
}

/** Takes over the environment's mode, unless a person decided otherwise. */
export async function followEnvironmentMode(sql: Sql, mode: Mode): Promise<void> {
  await sql.query(
    "UPDATE deployment SET mode = $1 WHERE is_current AND mode_set_by = 'environment' AND mode <> $1",
    [mode],
  );
}

/** A person's order of a mode; `goLiveAt` null keeps the moment as it is. */
export async function orderMode(sql: Sql, mode: Mode, goLiveAt: string | null): Promise<void> {
  await sql.query(
    `UPDATE deployment SET mode = $1, mode_set_by = 'command', go_live_at = coalesce($2::timestamptz, go_live_at)
     WHERE is_current`,
    [mode, goLiveAt],
  );
}

/**
 * Makes `orgId` the org that this store serves. What belongs to the former one stays, and rests: its steps are not
 * claimed, its events not read, nothing is written to it.
 */
export async function adoptOtherOrg(
  sql: Sql,
  { orgId, goLiveAt, mode }: Pick<Deployment, "orgId" | "goLiveAt" | "mode">,
): Promise<void> {
  await sql.query("UPDATE deployment SET is_current = false WHERE is_current");
  await sql.query(
    `INSERT INTO deployment (org_id, go_live_at, mode) VALUES ($1, $2, $3)
     ON CONFLICT (org_id) DO UPDATE
       SET go_live_at = excluded.go_live_at, mode = excluded.mode, mode_set_by = 'environment',
           adopted_at = now(), is_current = true, is_sandbox = NULL`,
    [orgId, goLiveAt, mode],
  );
}

export async function noteSandbox(sql: Sql, orgId: string, isSandbox: boolean): Promise<void> {
  await sql.query("UPDATE deployment SET is_sandbox = $2 WHERE org_id = $1", [orgId, isSandbox]);
}

function toDeployment(row: Row): Deployment {
  return {
    orgId: row.org_id,
    goLiveAt: row.go_live_at.toISOString(),
    mode: row.mode,
    modeSetBy: row.mode_set_by,
    isSandbox: row.is_sandbox,
  };
}
