import type { JsonObject } from "../orders/json.ts";
import type { Sql } from "./database.ts";

/** Something that a person did to the deployment, not to one order. */
export type Act = {
  readonly orgId: string;
  /** Who: `cli:<user name>`, or what a caller of the API says of itself. */
  readonly actor: string;
  readonly kind: ActKind;
  readonly detail: JsonObject;
};

export type ActKind = "quarantine_reinjected" | "quarantine_discarded" | "replay_started" | "replayed"; // with what became of what was read

/** Writes the act into the journal, in the transaction that carries it out. */
export async function recordAct(sql: Sql, act: Act): Promise<void> {
  await sql.query("INSERT INTO journal (org_id, actor, kind, detail) VALUES ($1, $2, $3, $4::jsonb)", [
    act.orgId,
    act.actor,
    act.kind,
    JSON.stringify(act.detail),
  ]);
}
