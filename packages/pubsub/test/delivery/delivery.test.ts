import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openEmulatedOrg } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { runOnce } from "./run-once.ts";
import type { RunReport } from "./run-once.ts";

const firstSeed = Number(process.env["DELIVERY_SEED"] ?? 1);
const runs = Number(process.env["DELIVERY_RUNS"] ?? 20);

let emulated: EmulatedOrg;
before(async () => {
  emulated = await openEmulatedOrg({ pubsub: { batchSeed: 7, zeroCreditCloseMs: 60_000 } });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
});

test(`${runs} random runs from seed ${firstSeed}: every event comes, in order, and no position is ahead`, async (t) => {
  const reports: RunReport[] = [];
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) reports.push(await runOnce(emulated, seed));
  t.diagnostic(summaryOf(reports));
});

test("a consumer that stores the position first is found out", async () => {
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
