import { readDoneEffects, readEffectsByKey, readSettledBefore } from "../../store/compared-effects.ts";
import type { ProvisioningModule } from "../module.ts";
import { UnlistedError } from "../module.ts";
import type { OnPage } from "./compare-orders.ts";
import { RecordsByKey, judgeRecords, missingEffect } from "./judge-effects.ts";
import type { Comparison, ReconcileDeps } from "./reconcile-deps.ts";

const KEYS = 1_000;
/** Downstreams keep time by their own clocks: what is listed reaches further back than what is looked for. */
const MARGIN_MS = 24 * 3_600_000;

/** What one downstream had on record. */
export type DownstreamReport = {
  readonly module: string;
  /** Keys of ours that it showed. */
  readonly recorded: number;
  /** Effects that the ledger is sure of, looked for among them. */
  readonly expected: number;
  /** Why it could not be compared; null when it was. */
  readonly problem: string | null;
};

/**
 * What one downstream has on record beside the ledger. Its records are read first: the ledger notes an effect before it
 * is asked for, so a record that the ledger does not know then is none that was just made.
 */
export async function compareEffects(
  deps: ReconcileDeps,
  module: ProvisioningModule,
  comparison: Comparison,
  tell: { readonly onRecord: () => Promise<void>; readonly onPage: OnPage },
  signal: AbortSignal,
): Promise<DownstreamReport | undefined> {
  const { database } = deps.store;
  const { name, records: list } = module;
  if (list === undefined) return undefined;
  const answeredBefore = await readSettledBefore(database, deps.graceMs);
  const listedSince = new Date(Date.parse(comparison.since) - MARGIN_MS).toISOString();
  const records = new RecordsByKey();
  try {
    for await (const effect of list.listEffects(listedSince, signal)) {
      records.add(effect);
      await tell.onRecord();
    }
  } catch (error) {
    if (!(error instanceof UnlistedError)) throw error;
    return { module: name, recorded: records.size, expected: 0, problem: error.message };
  }
  for (const batch of records.batches(KEYS)) {
    const known = await readEffectsByKey(database, [...batch.keys()]);
    const drafts = [...batch].flatMap(([key, found]) => judgeRecords(name, key, found, known.get(key)));
    await tell.onPage(0, drafts);
  }
  const expected = await compareDone(deps, module, { ...comparison, answeredBefore }, records, tell.onPage);
  return { module: name, recorded: records.size, expected, problem: null };
}

async function compareDone(
  { store: { database } }: ReconcileDeps,
  module: ProvisioningModule,
  comparison: Comparison & { readonly answeredBefore: string },
  records: RecordsByKey,
  onPage: OnPage,
): Promise<number> {
  const wanted = { ...comparison, module: module.name, operations: module.records?.operations ?? [] };
  let expected = 0;
  let after = "";
  for (;;) {
    const page = await readDoneEffects(database, wanted, { after, limit: KEYS });
    const last = page.at(-1);
    if (last === undefined) return expected;
    after = last.effectKey;
    expected += page.length;
    const missing = page.filter(({ effectKey }) => !records.has(effectKey));
    await onPage(
      0,
      missing.map((effect) => missingEffect(module.name, effect)),
    );
  }
}
