import type { DatabaseSync } from "node:sqlite";
import { integerColumn, textColumn } from "./columns.ts";

export type DoubledEffect = { readonly operation: string; readonly key: string; readonly count: number };

/** Counts over the judge's records. */
export type RecordSummary = {
  readonly calls: { readonly started: number; readonly answered: number; readonly unanswered: number };
  readonly effects: {
    readonly total: number;
    /** Effects without a key: nothing can say whether they are doubled. */
    readonly unkeyed: number;
    readonly byOperation: Readonly<Record<string, number>>;
  };
  /** Keys with more than one effect of the same operation; mail is not among them. */
  readonly doubled: readonly DoubledEffect[];
  /** Messages received again under the same Message-ID: allowed, mail is at least once. */
  readonly repeats: { readonly mail: number };
};

export function summarize(database: DatabaseSync): RecordSummary {
  return {
    calls: countCalls(database),
    effects: countEffects(database),
    doubled: findDoubled(database),
    repeats: { mail: countMailRepeats(database) },
  };
}

function countCalls(database: DatabaseSync): RecordSummary["calls"] {
  const row = database.prepare("SELECT count(*) AS started, count(answered_at) AS answered FROM call").get();
  const started = row === undefined ? 0 : integerColumn(row, "started");
  const answered = row === undefined ? 0 : integerColumn(row, "answered");
  return { started, answered, unanswered: started - answered };
}

function countEffects(database: DatabaseSync): RecordSummary["effects"] {
  const rows = database
    .prepare(
      `SELECT system || '.' || operation AS name, count(*) AS total, count(*) - count(key) AS unkeyed
       FROM effect GROUP BY system, operation ORDER BY system, operation`,
    )
    .all();
  const byOperation: Record<string, number> = {};
  let total = 0;
  let unkeyed = 0;
  for (const row of rows) {
    byOperation[textColumn(row, "name")] = integerColumn(row, "total");
    total += integerColumn(row, "total");
    unkeyed += integerColumn(row, "unkeyed");
  }
  return { total, unkeyed, byOperation };
}

function findDoubled(database: DatabaseSync): readonly DoubledEffect[] {
  return database
    .prepare(
      `SELECT system || '.' || operation AS name, key, count(*) AS total FROM effect
       WHERE key IS NOT NULL AND system <> 'mail'
       GROUP BY system, operation, key HAVING count(*) > 1 ORDER BY min(id)`,
    )
    .all()
    .map((row) => ({
      operation: textColumn(row, "name"),
      key: textColumn(row, "key"),
      count: integerColumn(row, "total"),
    }));
}

function countMailRepeats(database: DatabaseSync): number {
  const row = database
    .prepare(
      "SELECT count(*) - count(DISTINCT key) AS repeats FROM effect WHERE system = 'mail' AND key IS NOT NULL",
    )
    .get();
  return row === undefined ? 0 : integerColumn(row, "repeats");
}
