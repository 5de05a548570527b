import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmulatedOrg } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { runOnce } from "./run-once.ts";
import type { RunReport } from "./run-once.ts";

const firstSeed = Number(process.env["DELIVERY_SEED"] ?? 1);
const runs = Number(process.env["DELIVERY_RUNS"] ?? 20);

/** An org for each so many runs: what it remembers of thousands of streams would slow down the rest. */
const runsPerOrg = 100;

const openOrg = (): Promise<EmulatedOrg> => openEmulatedOrg({ pubsub: { batchSeed: 7 } });

test(`${runs} random runs from seed ${firstSeed}: every event comes, in order, and no position is ahead`, async (t) => {
  const reports: RunReport[] = [];
  while (reports.length < runs) {
    await using emulated = await openOrg();
    for (let left = Math.min(runsPerOrg, runs - reports.length); left > 0; left -= 1) {
      reports.push(await runOnce(emulated, firstSeed + reports.length));
    }
  }
  t.diagnostic(summaryOf(reports));
});

test("a consumer that stores the position first is found out", async () => {
  await using emulated = await openOrg();
  const found = async (): Promise<number> => {
    for (let seed = firstSeed; seed < firstSeed + 50; seed += 1) {
      try {
        await runOnce(emulated, seed, "stores_the_position_first");
      } catch (error) {
        assert.match(String(error), /the stored position claims/);
        return seed;
      }
    }
    return Number.NaN;
  };
  assert.ok(Number.isInteger(await found()));
});

function summaryOf(reports: readonly RunReport[]): string {
  const sum = (read: (report: RunReport) => number): number =>
    reports.reduce((total, report) => total + read(report), 0);
  const faults: Record<string, number> = {};
  for (const report of reports) {
    for (const [kind, count] of Object.entries(report.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  return (
    `${sum(({ events }) => events)} events, ${sum(({ crashes }) => crashes)} crashes, ` +
    `${sum(({ discontinuities }) => discontinuities)} discontinuities, ${sum(({ turns }) => turns)} turns; ` +
    Object.entries(faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")
  );
}
