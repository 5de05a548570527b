import type { JsonObject } from "../orders/json.ts";
import type { Sql } from "./database.ts";

/** What a person did to the deployment as a whole; acts on one order are in that order's journal. */
export type ActKind =
  | "go_live_ordered"
  | "org_adopted"
  | "quarantine_reinjected"
  | "quarantine_discarded"
  | "replay_started"
  | "replayed" // with what became of what was read
  | "reconciled";

/** Writes an act to the journal, in the transaction of what it changes. */
export async function recordAct(
  sql: Sql,
  act: {
    readonly orgId: string;
    readonly actor: string;
    readonly kind: ActKind;
    readonly detail: JsonObject;
  },
): Promise<void> {
  await sql.query(
    `WITH entry AS (
       INSERT INTO journal (org_id, actor, kind, detail) VALUES ($1, $2, $3, $4::jsonb) RETURNING seq
     )
     SELECT pg_notify(current_schema() || '_changed', '') FROM entry`,
    [act.orgId, act.actor, act.kind, JSON.stringify(act.detail)],
  );
}
