import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backend } from "../campaign-options.ts";
import { callFaults, eventFaults, faultOf, rpcFaults, streamFaults } from "../schedule/act.ts";
import type { Act } from "../schedule/act.ts";
import { planSchedule } from "../schedule/plan-schedule.ts";

const orderFaults = [...streamFaults, ...rpcFaults, ...eventFaults, ...callFaults];
const backends = ["pglite", "postgres"] as const;

const plan = (
  seed: number,
  orders: number,
  backend: Backend,
  faults: readonly string[] | null = null,
): readonly Act[] => planSchedule({ seed, orders, backend, faults });

test("the same seed gives the same acts, another seed others", () => {
  for (const backend of backends) {
    assert.deepEqual(plan(7, 200, backend), plan(7, 200, backend));
    assert.notDeepEqual(plan(7, 200, backend), plan(8, 200, backend));
  }
});

test("every order is approved for the first time by exactly one act", () => {
  for (const orders of [20, 61, 2_000]) {
    const acts = plan(3, orders, "postgres");
    assert.equal(
      acts.reduce((sum, act) => sum + (act.kind === "approve" ? act.count : 0), 0),
      orders,
    );
  }
});

test("every fault of the org and of the processes is in a schedule, however small", () => {
  for (const backend of backends) {
    const faults = faultsIn(plan(1, 20, backend));
    for (const fault of [...orderFaults, "kill_org", "kill_leader", "stream_reset"]) {
      assert.ok(faults.includes(fault), `${fault} on ${backend}`);
    }
  }
  const onServer = faultsIn(plan(1, 20, "postgres"));
  for (const fault of [
    "zombie_leader",
    "freeze_worker",
    "wake_twice",
    "restart_database_fast",
    "restart_database_immediate",
  ]) {
    assert.ok(onServer.includes(fault), fault);
  }
});

test("a schedule of named faults has these only, and all of the orders", () => {
  const acts = plan(1, 40, "postgres", ["kill_leader", "event_lost"]);
  assert.deepEqual(new Set(faultsIn(acts)), new Set([null, "kill_leader", "event_lost"]));
  assert.equal(
    acts.reduce((sum, act) => sum + (act.kind === "approve" ? act.count : 0), 0),
    40,
  );
});

test("more orders meet every fault more often", () => {
  const kills = (orders: number): number =>
    faultsIn(plan(1, orders, "pglite")).filter((fault) => fault === "kill_leader").length;
  assert.ok(kills(4_000) >= 3 * kills(200));
});

function faultsIn(acts: readonly Act[]): readonly (string | null)[] {
  return acts.map(faultOf);
}
