import type { Sql } from "./database.ts";
import { StoreError } from "./store-error.ts";

/** What may be started, as it stands while the transaction lasts. */
export type AdmitRules = {
  /** Nothing approved before this moment is started. ISO 8601. */
  readonly goLiveAt: string;
  readonly mode: "live" | "observe";
};

/** A process that froze in the middle must not keep its successor waiting longer than that. */
const FROZEN_AFTER_MS = 2_000;

/**
 * Begins an admission. One at a time for each deployment: stream, sweep and replay may bring the same orders at once,
 * and whoever comes second must see what the first stored. The rules hold until the commit: a change of go-live or
 * mode waits for it, and is seen by the next.
 *
 * @throws {StoreError} `wrong_org`
 */
export async function beginAdmission(sql: Sql, orgId: string): Promise<AdmitRules> {
  await sql.query(
    `SELECT set_config('idle_in_transaction_session_timeout', $2, true),
            pg_advisory_xact_lock(hashtextextended(current_schema() || ' admission ' || $1, 0))`,
    [orgId, String(FROZEN_AFTER_MS)],
  );
  const { rows } = await sql.query<{ go_live_at: Date; mode: AdmitRules["mode"] }>(
    "SELECT go_live_at, mode FROM deployment WHERE is_current AND org_id = $1 FOR SHARE",
    [orgId],
  );
  const row = rows[0];
  if (row === undefined) {
    throw new StoreError(
      "wrong_org",
      `events of org ${orgId} arrived, but this store does not serve that org: nothing of the batch was stored, and nothing is started ` +
        "for an org that was not adopted. Point SALESFORCE_LOGIN_URL back to the org it serves, or run `sluice org adopt`.",
    );
  }
  return { goLiveAt: row.go_live_at.toISOString(), mode: row.mode };
}
