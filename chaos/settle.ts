import { setTimeout as sleep } from "node:timers/promises";
import type { Evidence, Verdict } from "./invariants/evidence.ts";
import { judge } from "./invariants/judge.ts";
import type { Site } from "./processes/open-site.ts";
import { readDownstreamRecords } from "./store/downstream-records.ts";
import type { DownstreamRecords } from "./store/downstream-records.ts";
import { readStoreRecords } from "./store/store-records.ts";
import type { StoreRecords } from "./store/store-records.ts";
import { openStoreReader } from "./store/store-reader.ts";

/** What can still come true by itself: events under way, gaps that wait for their check. */
const mayFollow: ReadonlySet<number> = new Set([2, 6, 7, 10]);
const SETTLE_MS = 40_000;
const AGAIN_MS = 3_000;

/**
 * Judges, and again for a while as long as only that is missing which may still follow. The embedded database is read
 * while its service is stopped, which then goes on.
 */
export async function settle(
  site: Site,
  tell: (text: string) => void,
  gather: (store: StoreRecords, downstreams: DownstreamRecords) => Promise<Evidence>,
): Promise<readonly Verdict[]> {
  const sinceMs = performance.now();
  for (;;) {
    const verdicts = judge(await gather(await readStore(site), await readDownstreams(site)));
    const broken = verdicts.filter((verdict) => verdict.broken.length > 0);
    const isFinal = broken.length === 0 || broken.some(({ invariant }) => !mayFollow.has(invariant));
    if (isFinal || performance.now() - sinceMs > SETTLE_MS) return verdicts;
    tell(
      `        waiting for ${broken.map(({ invariant, broken: all }) => `${invariant} (${all.length})`).join(", ")}`,
    );
    if (site.database === null) await Promise.all(site.services.map((service) => service.start()));
    await sleep(AGAIN_MS);
  }
}

async function readStore(site: Site): Promise<StoreRecords> {
  if (site.database === null) await Promise.all(site.services.map((service) => service.stop()));
  await using store = await openStoreReader(site);
  // Awaited here: the session ends with this function.
  return await readStoreRecords(store);
}

/** The simulators hold their file for themselves, so they rest meanwhile; nobody calls them any more. */
async function readDownstreams(site: Site): Promise<DownstreamRecords> {
  await site.simulators.stop();
  const records = readDownstreamRecords(site.simulatorsFile);
  await site.simulators.start();
  return records;
}
