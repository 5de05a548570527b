import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { FaultKind } from "../src/faults/fault-kinds.ts";
import { OrgError } from "../src/org-core.ts";
import { operator, orderId } from "./core-harness.ts";
import { openFaultyOrg } from "./faults-harness.ts";

const saves = 500;
const kinds: readonly FaultKind[] = [
  "event_duplicate",
  "event_reorder",
  "event_lost",
  "row_locked",
  "save_rolled_back",
];

/** What happened, without what is new each time: the ids of events, and the times. */
function run(t: TestContext, seed: number): readonly string[] {
  const { core, log, arm } = openFaultyOrg(t);
  for (const [index, kind] of kinds.entries()) arm(kind, { rate: 0.2, seed: seed + index });
  const answers = Array.from({ length: saves }, (_, index) => {
    try {
      core.update(operator, "Order", orderId, { Status: index % 2 === 0 ? "Approved" : "Draft" });
      return "saved";
    } catch (reason) {
      assert.ok(reason instanceof OrgError);
      return reason.code;
    }
  });
  const entries = log.read({}).map(({ kind, detail }) => {
    const { eventId, replayId, ...same } = detail;
    return JSON.stringify([kind, typeof eventId, typeof replayId, same]);
  });
  return [...answers, ...entries];
}

test("the same seeds and the same calls give the same faults", (t) => {
  const first = run(t, 1);
  for (const kind of kinds) {
    const hits = first.filter((entry) => entry.includes("fault:fired") && entry.includes(`"${kind}"`)).length;
    assert.ok(hits > 5, `${kind} fired ${hits} times`);
  }
  assert.deepEqual(run(t, 1), first);
  assert.notDeepEqual(run(t, 100), first);
});
