import type { Sql } from "./database.ts";

/** An effect as the ledger has it. */
export type LedgerEffect = {
  readonly effectKey: string;
  readonly outcome: "done" | "waiting" | "not_done" | "unknown" | null;
  readonly reference: string | null;
  readonly module: string;
  readonly operation: string;
  readonly orderId: string;
  readonly orderNumber: string | null;
};

type Row = {
  effect_key: string;
  outcome: LedgerEffect["outcome"];
  reference: string | null;
  module: string;
  operation: string;
  order_id: string;
  order_number: string | null;
};

const columns = "e.effect_key, e.outcome, e.reference, s.module, s.operation, r.order_id, r.order_number";

/** What the ledger knows of these keys, whichever org they were for. */
export async function readEffectsByKey(
  sql: Sql,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LedgerEffect>> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM effect e JOIN step s USING (step_id) JOIN order_revision r USING (revision_id)
     WHERE e.effect_key = ANY ($1::text[])`,
    [keys],
  );
  return new Map(rows.map((row) => [row.effect_key, toEffect(row)]));
}

/**
 * A page of the effects that are done for sure, by their keys. One that an earlier revision of the order may have had
 * made before `since` is left out: its record may be older than those that were listed.
 */
export async function readDoneEffects(
  sql: Sql,
  wanted: {
    readonly orgId: string;
    readonly module: string;
    readonly operations: readonly string[];
    readonly since: string;
    readonly answeredBefore: string;
  },
  page: { readonly after: string; readonly limit: number },
): Promise<readonly LedgerEffect[]> {
  const { rows } = await sql.query<Row>(
    `SELECT ${columns} FROM effect e JOIN step s USING (step_id) JOIN order_revision r USING (revision_id)
     WHERE r.org_id = $1 AND s.module = $2 AND s.operation = ANY ($3::text[])
       AND e.outcome = 'done' AND e.answered_at < $5::timestamptz AND e.effect_key > $6
       AND NOT EXISTS (
         SELECT FROM order_revision earlier JOIN step asked USING (revision_id)
         WHERE earlier.org_id = r.org_id AND earlier.order_id = r.order_id
           AND asked.effect_key = e.effect_key AND asked.started_at < $4::timestamptz)
     ORDER BY e.effect_key LIMIT $7`,
    [
      wanted.orgId,
      wanted.module,
      wanted.operations,
      wanted.since,
      wanted.answeredBefore,
      page.after,
      page.limit,
    ],
  );
  return rows.map(toEffect);
}

/** The moment before which whatever is answered is no news any more, by the database's clock. */
export async function readSettledBefore(sql: Sql, graceMs: number): Promise<string> {
  const { rows } = await sql.query<{ moment: Date }>(
    "SELECT clock_timestamp() - $1::integer * interval '1 millisecond' AS moment",
    [graceMs],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the database did not tell the time");
  return row.moment.toISOString();
}

function toEffect(row: Row): LedgerEffect {
  return {
    effectKey: row.effect_key,
    outcome: row.outcome,
    reference: row.reference,
    module: row.module,
    operation: row.operation,
    orderId: row.order_id,
    orderNumber: row.order_number,
  };
}
