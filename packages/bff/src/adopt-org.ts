import type { TokenSource } from "@sluice/pubsub";
import type { Clock } from "./clock.ts";
import type { Deployment } from "./store/deployment.ts";
import { adoptAtFirstStart, readDeployment } from "./store/deployment.ts";
import type { Database } from "./store/database.ts";
import { StartError } from "./start-error.ts";

const RETRY_MS = 1_000;

export type AdoptDeps = {
  readonly database: Database;
  readonly sessions: TokenSource;
  readonly clock: Clock;
  /** Any other org is refused; null takes the one that we are signed in to. */
  readonly expectedOrgId: string | null;
  /** ISO 8601; needed when the store is fresh. */
  readonly goLiveAt: string | null;
  onWaiting(reason: string): void;
};

/**
 * The org that this store serves. A fresh store is tied to the org that Salesforce signs us in to, as soon as it does.
 *
 * @throws {StartError} `go_live_missing`, `wrong_org`
 */
export async function adoptOrg(deps: AdoptDeps, signal: AbortSignal): Promise<Deployment> {
  const known = await readDeployment(deps.database);
  if (known !== undefined && deps.expectedOrgId !== null && known.orgId !== deps.expectedOrgId) {
    throw new StartError(
      "wrong_org",
      `this store belongs to org ${known.orgId}, but SALESFORCE_ORG_ID says ${deps.expectedOrgId}. ` +
        "Correct the variable, or give the other org a store of its own (SLUICE_DATA_DIR or SLUICE_NAMESPACE).",
    );
  }
  if (known !== undefined) return known;
  if (deps.goLiveAt === null) {
    throw new StartError(
      "go_live_missing",
      "this store is new, and nobody said from when on approvals count. Set SLUICE_GO_LIVE to a time with a zone, such as " +
        `${new Date(deps.clock.now()).toISOString()}: whatever was approved before it is noted and never started.`,
    );
  }
  for (;;) {
    try {
      const session = await deps.sessions.get(signal);
      return await adoptAtFirstStart(deps.database, session.orgId, deps.goLiveAt);
    } catch (error) {
      if (signal.aborted || error instanceof StartError) throw error;
      deps.onWaiting(error instanceof Error ? error.message : String(error));
      await deps.clock.sleep(RETRY_MS, signal);
    }
  }
}
