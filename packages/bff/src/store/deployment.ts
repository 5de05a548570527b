import type { Database } from "./database.ts";
import { StoreError } from "./store-error.ts";

/** The org that this store serves, and since when. */
export type Deployment = { readonly orgId: string; readonly goLiveAt: string };

/** The current deployment, or undefined before the first start. */
export async function readDeployment(database: Database): Promise<Deployment | undefined> {
  const { rows } = await database.query<{ org_id: string; go_live_at: Date }>(
    "SELECT org_id, go_live_at FROM deployment WHERE is_current",
  );
  const row = rows[0];
  return row === undefined ? undefined : { orgId: row.org_id, goLiveAt: row.go_live_at.toISOString() };
}

/**
 * Ties the store to an org at the first start, and checks at every later one that it is still the same.
 *
 * @param firstGoLiveAt go-live of a store that has none; ISO 8601.
 * @throws {StoreError} `wrong_org`
 */
export async function adoptAtFirstStart(
  database: Database,
  orgId: string,
  firstGoLiveAt: string,
): Promise<Deployment> {
  await database.query(
    `INSERT INTO deployment (org_id, go_live_at) SELECT $1, $2
     WHERE NOT EXISTS (SELECT 1 FROM deployment WHERE is_current) ON CONFLICT DO NOTHING`,
    [orgId, firstGoLiveAt],
  );
  const deployment = await readDeployment(database);
  if (deployment === undefined) throw new Error("the deployment row was neither there nor inserted");
  if (deployment.orgId !== orgId) {
    throw new StoreError(
      "wrong_org",
      `this store belongs to org ${deployment.orgId}, but Salesforce signed us in to ${orgId}. Nothing was started. ` +
        "Point SALESFORCE_LOGIN_URL back to the first org, or give this one a store of its own (SLUICE_DATA_DIR or SLUICE_NAMESPACE).",
    );
  }
  return deployment;
}
