import assert from "node:assert/strict";
import { test } from "node:test";
import { callFaults, eventFaults, faultOf, rpcFaults, streamFaults } from "../schedule/act.ts";
import type { Act } from "../schedule/act.ts";
import { planSchedule } from "../schedule/plan-schedule.ts";

const orderFaults = [...streamFaults, ...rpcFaults, ...eventFaults, ...callFaults];
const backends = ["pglite", "postgres"] as const;

test("the same seed gives the same acts, another seed others", () => {
  for (const backend of backends) {
    assert.deepEqual(planSchedule(7, 200, backend), planSchedule(7, 200, backend));
    assert.notDeepEqual(planSchedule(7, 200, backend), planSchedule(8, 200, backend));
  }
});

test("every order is approved for the first time by exactly one act", () => {
  for (const orders of [20, 61, 2_000]) {
    const acts = planSchedule(3, orders, "postgres");
    assert.equal(
      acts.reduce((sum, act) => sum + (act.kind === "approve" ? act.count : 0), 0),
      orders,
    );
  }
});

test("every fault of the org and of the processes is in a schedule, however small", () => {
  for (const backend of backends) {
    const faults = faultsIn(planSchedule(1, 20, backend));
    for (const fault of [...orderFaults, "kill_org", "kill_leader", "stream_reset"]) {
      assert.ok(faults.includes(fault), `${fault} on ${backend}`);
    }
  }
  const onServer = faultsIn(planSchedule(1, 20, "postgres"));
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

test("more orders meet every fault more often", () => {
  const kills = (orders: number): number =>
    faultsIn(planSchedule(1, orders, "pglite")).filter((fault) => fault === "kill_leader").length;
  assert.ok(kills(4_000) >= 3 * kills(200));
});

function faultsIn(acts: readonly Act[]): readonly (string | null)[] {
  return acts.map(faultOf);
}
