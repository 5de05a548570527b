import assert from "node:assert/strict";
import { test } from "node:test";
import { FaultRegistry, readFaultOptions } from "../src/faults/fault-registry.ts";
import type { FaultMatch, FaultSchedule } from "../src/faults/fault-registry.ts";
import { OrgLog } from "../src/log/org-log.ts";
import { VirtualClock } from "../src/time/org-clock.ts";

function open() {
  const clock = new VirtualClock({ now: () => 0, startTimer: () => () => undefined });
  const log = new OrgLog(() => clock.now());
  const faults = new FaultRegistry(clock, log);
  const arm = (schedule: FaultSchedule, match: FaultMatch = {}) =>
    faults.arm({ kind: "row_locked", schedule, match, options: readFaultOptions("row_locked", {}) });
  return { clock, log, faults, arm };
}

function count(faults: FaultRegistry, tries: number, place: FaultMatch = {}): number {
  return Array.from({ length: tries }, () => faults.take("row_locked", place)).filter(
    (taken) => taken !== undefined,
  ).length;
}

test("nothing goes wrong unless somebody asked for it", () => {
  const { faults } = open();
  assert.equal(count(faults, 10), 0);
});

test("a fault armed for so many times bites so often and is gone", () => {
  const { faults, arm } = open();
  arm({ kind: "times", times: 2 });
  assert.equal(faults.take("record_locked"), undefined);
  assert.equal(count(faults, 10), 2);
  assert.deepEqual(faults.list(), []);
});

test("a rate bites by its seed: the same seed, the same order of hits", () => {
  const run = (seed: number): readonly boolean[] => {
    const { faults, arm } = open();
    arm({ kind: "rate", rate: 0.3, seed });
    return Array.from({ length: 1_000 }, () => faults.take("row_locked") !== undefined);
  };
  const hits = run(7).filter(Boolean).length;
  assert.ok(hits > 240 && hits < 360, String(hits));
  assert.deepEqual(run(7), run(7));
  assert.notDeepEqual(run(7), run(8));
});

test("a window ends by the org's clock", () => {
  const { clock, faults, arm } = open();
  arm({ kind: "window", forMs: 1_000 });
  assert.equal(count(faults, 3), 3);
  clock.advance(999);
  assert.equal(count(faults, 1), 1);
  clock.advance(1);
  assert.equal(count(faults, 3), 0);
  assert.deepEqual(faults.list(), []);
});

test("a fault bites only where it is meant to, patterns included", () => {
  const { faults, arm } = open();
  arm({ kind: "times", times: 100 }, { object: "Order", path: "/services/*/sobjects/*" });
  assert.equal(count(faults, 1, {}), 0);
  assert.equal(count(faults, 1, { object: "Order" }), 0);
  assert.equal(count(faults, 1, { object: "Account", path: "/services/data/v67.0/sobjects/Account" }), 0);
  assert.equal(count(faults, 1, { object: "Order", path: "/services/data/v67.0/sobjects/Order/801" }), 1);
});

test("a disarmed fault is over, and what is armed tells its hits", () => {
  const { faults, arm, log } = open();
  const { id } = arm({ kind: "times", times: 5 });
  count(faults, 2);
  assert.deepEqual(
    faults.list().map(({ kind, hits }) => [kind, hits]),
    [["row_locked", 2]],
  );
  assert.equal(faults.disarm(id), true);
  assert.equal(faults.disarm(id), false);
  assert.equal(count(faults, 1), 0);
  assert.deepEqual(
    log.read({}).map(({ kind }) => kind),
    ["fault:armed", "fault:fired", "fault:fired", "fault:ended"],
  );
});

test("options have defaults, and unknown ones are refused", () => {
  assert.deepEqual(readFaultOptions("slow_answer", {}), { delayMs: 5_000 });
  assert.deepEqual(readFaultOptions("slow_answer", { delayMs: 10 }), { delayMs: 10 });
  assert.throws(() => readFaultOptions("slow_answer", { delay: 10 }), /delay/);
});
