import type { Sql } from "./database.ts";

/**
 * Takes the row lock that every change to a revision, its steps, its journal and its write-back is made under.
 *
 * It comes first in each transaction. Without it parallel joins were lost; with it in another place two transactions
 * that take an order's rows in a different order end in a deadlock.
 */
export async function lockRevision(sql: Sql, revisionId: number): Promise<void> {
  await sql.query("SELECT 1 FROM order_revision WHERE revision_id = $1 FOR UPDATE", [revisionId]);
}
