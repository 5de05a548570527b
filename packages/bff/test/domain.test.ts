import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { effectKeyOf } from "../src/orders/effect-key.ts";
import { canonical, requestKeyOf } from "../src/orders/provision-request.ts";
import { toRecordId } from "../src/orders/record-id.ts";
import { rollUp } from "../src/orders/revision-state.ts";
import type { StepStanding } from "../src/orders/revision-state.ts";
import { demoCatalogue } from "../src/provisioning/catalogue.ts";
import { planOrder } from "../src/provisioning/plan.ts";
import { decideRetry, defaultRetryPolicy } from "../src/provisioning/retry-policy.ts";
import { failure, line, snapshot } from "./support/engine.ts";
import { approval, orderIdOf } from "./support/ledger.ts";

const standing: fc.Arbitrary<StepStanding> = fc.record({
  state: fc.constantFrom("pending", "ready", "running", "done", "failed", "skipped"),
  failureClass: fc.constantFrom("customer", "needs_operator", "permanent"),
  waitsForDownstream: fc.boolean(),
});

test("completes an order exactly when every step is done or skipped", () => {
  fc.assert(
    fc.property(fc.array(standing, { minLength: 1 }), (steps) => {
      const finished = steps.every((step) => step.state === "done" || step.state === "skipped");
      assert.equal(rollUp(steps) === "completed", finished);
    }),
  );
});

test("shows what needs a person before what goes on beside it", () => {
  fc.assert(
    fc.property(fc.array(standing), (steps) => {
      const held: StepStanding = {
        state: "failed",
        failureClass: "needs_operator",
        waitsForDownstream: false,
      };
      assert.equal(rollUp([...steps, held]), "held");
    }),
  );
});

test("keeps effect keys short, without colons, and apart for every part of their identity", () => {
  const identity = { orgId: "org", orderId: "order", lineId: "line", unit: 1, step: "activate", purchase: 1 };
  const variants = [
    identity,
    { ...identity, orgId: "other" },
    { ...identity, orderId: "other" },
    { ...identity, lineId: "other" },
    { ...identity, lineId: null },
    { ...identity, unit: 2 },
    { ...identity, step: "other" },
    { ...identity, purchase: 2 },
  ].map((variant) => effectKeyOf(variant));
  assert.equal(new Set(variants).size, variants.length);
  for (const key of variants) assert.match(key, /^[0-9a-f]{40}$/);
});

test("completes 15-character ids and refuses what is none", () => {
  assert.equal(toRecordId("801Hs0000000001"), "801Hs0000000001IAA");
  assert.equal(toRecordId("801Hs0000000001IAA"), "801Hs0000000001IAA");
  for (const wrong of ["801Hs0000000001IAB", "801Hs", "801Hs0000000001I", "801Hs00000000-1", ""]) {
    assert.equal(toRecordId(wrong), undefined, wrong);
  }
});

test("tells payloads apart by content, not by the order of their fields", () => {
  assert.equal(
    canonical({ a: 1, b: { c: null, d: [1, 2] } }),
    canonical({ b: { d: [1, 2], c: null }, a: 1 }),
  );
  assert.notEqual(canonical({ a: 1 }), canonical({ a: "1" }));
  assert.notEqual(canonical({ a: [1, 2] }), canonical({ a: [2, 1] }));
});

test("names a request without a key by order and event", () => {
  const event = approval(1, { requestKey: null });
  assert.ok(event.kind === "request");
  assert.equal(requestKeyOf(event.request, "event-7"), `${orderIdOf(1)}-event-7`);
});

test("activates every unit after the units of the line it depends on, and accepts after all of them", () => {
  const fibre = line(1, { productCode: "INT-FTTH-500" });
  const voice = line(2, { productCode: "VOICE-LINE", quantity: 2, dependsOn: fibre.lineId });
  const plan = planOrder(snapshot(orderIdOf(1), { lines: [fibre, voice] }), demoCatalogue);
  assert.ok(plan.kind === "planned");
  const after = new Map(plan.steps.map((step) => [step.name, step.after]));
  const unit = (of: typeof fibre, n: number) => `network-${of.lineId}-${n}`;
  assert.ok(after.get(unit(voice, 2))?.includes(unit(fibre, 1)));
  const units = [unit(fibre, 1), unit(voice, 1), unit(voice, 2)];
  assert.ok(units.every((name) => after.get("billing-accept")?.includes(name)));
  assert.ok(plan.steps.every((step) => step.after.includes("validate")));
});

test("sends add-ons to billing with the product they go with", () => {
  const sim = line(1, { productCode: "MOB-SIM-10G" });
  const roaming = line(2, { productCode: "ADD-ROAM-EU" });
  const plan = planOrder(snapshot(orderIdOf(1), { lines: [roaming, sim] }), demoCatalogue);
  assert.ok(plan.kind === "planned");
  const order = plan.steps.find((step) => step.name === "billing-order");
  assert.deepEqual(order?.parameters["items"], [
    { lineId: sim.lineId, pid: 102, quantity: 1, billingCycle: "monthly", addonIds: [21] },
  ]);
});

test("refuses orders that cannot be provisioned, each with a code of its own", () => {
  const many = Array.from({ length: 51 }, (_, index) => line(index + 1));
  const one = line(1);
  const two = line(2, { dependsOn: one.lineId });
  const cases: readonly (readonly [string, readonly ReturnType<typeof line>[]])[] = [
    ["ORDER_WITHOUT_LINES", []],
    ["LINE_LIMIT_EXCEEDED", many],
    ["LINE_LIMIT_EXCEEDED", [line(1, { quantity: 101 })]],
    ["QUANTITY_INVALID", [line(1, { quantity: 1.5 })]],
    ["SKU_NOT_MAPPED", [line(1, { productCode: null })]],
    ["REQUIRED_PRODUCT_MISSING", [line(1, { productCode: "ADD-STATIC-IP" })]],
    ["LINE_DEPENDENCY_CYCLE", [{ ...one, dependsOn: two.lineId }, two]],
  ];
  for (const [code, lines] of cases) {
    const plan = planOrder(snapshot(orderIdOf(1), { lines }), demoCatalogue);
    assert.equal(plan.kind === "refused" && plan.code, code);
  }
});

test("retries until the step's due time, then asks a person", () => {
  const decide = (nowMs: number) =>
    decideRetry(failure(), 3, { nowMs, dueAtMs: 100_000 }, defaultRetryPolicy, 0);
  assert.deepEqual(decide(0), { kind: "retry", delayMs: 4_000 });
  const last = decide(99_000);
  assert.equal(last.kind === "give_up" && last.failure.code, "RETRY_BUDGET_SPENT");
  const forPerson = decideRetry(
    failure({ class: "needs_operator" }),
    0,
    { nowMs: 0, dueAtMs: 1 },
    defaultRetryPolicy,
    0,
  );
  assert.equal(forPerson.kind, "give_up");
  const patient = decideRetry(
    failure({ class: "rate_limited", retryAfterMs: 9_000 }),
    0,
    { nowMs: 0, dueAtMs: 100_000 },
    defaultRetryPolicy,
    0,
  );
  assert.deepEqual(patient, { kind: "retry", delayMs: 9_000 });
});
