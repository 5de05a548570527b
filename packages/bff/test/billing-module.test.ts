import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { billingDemoCredentials } from "@sluice/simulators";
import type { JsonObject } from "../src/orders/json.ts";
import type { ModuleAnswer, ModuleCall } from "../src/provisioning/module.ts";
import { openBilling } from "../src/provisioning/modules/billing-whmcs/open-billing.ts";
import type { BillingConfig } from "../src/provisioning/modules/billing-whmcs/open-billing.ts";
import { encodeCustomFields } from "../src/provisioning/modules/billing-whmcs/php-array.ts";
import type { Stage } from "./modules-stage.ts";
import { callOf, closedPort, sampleOrder, setStage, verdict } from "./modules-stage.ts";

const items: JsonObject = {
  items: [{ lineId: "802Hs0000000801IAA", pid: 101, quantity: 2, billingCycle: "monthly", addonIds: [21] }],
};
const never = new AbortController().signal;

function billingOf(stage: Stage, config: Partial<BillingConfig> = {}) {
  return openBilling({
    url: `${stage.simulators.url}/billing`,
    identifier: "sluice",
    secret: "sluice-billing-demo",
    timeoutMs: 300,
    ...config,
  });
}

function resultOf(answer: ModuleAnswer): JsonObject {
  assert.equal(answer.kind, "done", JSON.stringify(answer));
  return answer.kind === "done" ? answer.result : {};
}

async function withClient(t: TestContext, config: Partial<BillingConfig> = {}) {
  const stage = await setStage(t);
  const billing = billingOf(stage, config);
  const client = resultOf(await billing.run(callOf("ensure-client", { effectKey: "client-key" }), never));
  const addOrder: ModuleCall = callOf("add-order", {
    parameters: items,
    results: { "billing-client": client },
  });
  return { stage, billing, client, addOrder };
}

test("a customer that billing does not know is added once and found by the next order", async (t) => {
  const { stage, billing, client } = await withClient(t);
  const again = await billing.run(callOf("ensure-client", { effectKey: "another-order" }), never);
  assert.deepEqual(again, { kind: "done", result: client, reference: client["clientId"], adopted: true });
  assert.equal((await stage.summary()).effects.byOperation["billing.AddClient"], 1);
});

test("names and addresses reach billing byte for byte", async (t) => {
  const { stage } = await withClient(t);
  const body = new URLSearchParams({
    identifier: "sluice",
    secret: "sluice-billing-demo",
    action: "GetClientsDetails",
    email: "soren.nandu@example.com",
  });
  const answer = await fetch(`${stage.simulators.url}/billing/includes/api.php`, { method: "POST", body });
  const { client } = (await answer.json()) as { client: Record<string, unknown> };
  assert.equal(client["lastname"], "Ñandú-Ōta 王小明");
  assert.equal(client["companyname"], "Żółta Łódź Sp. z o.o. 🚀");
  assert.equal(client["city"], "Łódź");
});

test("a customer that another order added meanwhile is adopted", async (t) => {
  const { stage, client } = await withClient(t);
  let hidden = true;
  const racing = billingOf(stage, {
    // The first look-up happened before the other order added the customer.
    fetch: async (url, init) => {
      const isLookUp = typeof init?.body === "string" && init.body.includes("GetClientsDetails");
      if (!isLookUp || !hidden) return fetch(url, init);
      hidden = false;
      return Response.json({ result: "error", message: "Client Not Found" });
    },
  });
  const answer = await racing.run(callOf("ensure-client", { effectKey: "second" }), never);
  assert.deepEqual(answer, { kind: "done", result: client, reference: client["clientId"], adopted: true });
});

test("an order without a contact's e-mail address waits for a person", async (t) => {
  const billing = billingOf(await setStage(t));
  const order = { ...sampleOrder, contact: null };
  assert.deepEqual(verdict(await billing.run(callOf("ensure-client", { order }), never)), {
    class: "needs_operator",
    code: "CONTACT_DATA_INVALID",
    outcomeUnknown: false,
    moduleWide: false,
  });
});

test("two pieces become two services of one billing order that carries the key", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  const result = resultOf(await billing.run(addOrder, never));
  assert.equal((result["serviceIds"] as readonly string[]).length, 2);
  const { effects } = (await stage.read("/__sim/effects?limit=10")) as {
    effects: { operation: string; key: string }[];
  };
  const orders = effects.filter((effect) => effect.operation === "AddOrder");
  assert.deepEqual(
    orders.map((effect) => effect.key),
    [addOrder.effectKey],
  );
});

for (const kind of ["timeout", "http_500", "refuse"] as const) {
  test(`an order whose answer was lost (${kind}) is found by its key and not bought again`, async (t) => {
    const { stage, billing, addOrder } = await withClient(t);
    await stage.breakNext([{ operation: "billing.AddOrder", kind, afterEffect: true }]);
    const lost = await billing.run(addOrder, never);
    assert.equal(lost.kind === "failed" && lost.failure.class, "retryable");
    assert.equal(lost.kind === "failed" && lost.failure.outcomeUnknown, true);
    const found = await billing.run({ ...addOrder, lookUpFirst: true }, never);
    assert.equal(found.kind === "done" && found.adopted, true);
    const { effects, doubled } = await stage.summary();
    assert.equal(effects.byOperation["billing.AddOrder"], 1);
    assert.deepEqual(doubled, []);
  });
}

test("a look-up that finds nothing is followed by the purchase", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  await stage.breakNext([{ operation: "billing.AddOrder", kind: "timeout" }]);
  await billing.run(addOrder, never);
  const answer = await billing.run({ ...addOrder, lookUpFirst: true }, never);
  assert.equal(answer.kind === "done" && answer.adopted, false);
  assert.equal((await stage.summary()).effects.byOperation["billing.AddOrder"], 1);
});

test("the look-up reads every page of a customer's products", async (t) => {
  const { billing, addOrder } = await withClient(t);
  const big = { items: [{ lineId: "l", pid: 101, quantity: 60 }] };
  await billing.run({ ...addOrder, effectKey: "older-1", parameters: big }, never);
  await billing.run({ ...addOrder, effectKey: "older-2", parameters: big }, never);
  const bought = resultOf(await billing.run(addOrder, never));
  const found = await billing.run({ ...addOrder, lookUpFirst: true }, never);
  assert.equal(found.kind === "done" && found.result["billingOrderId"], bought["billingOrderId"]);
});

test("two orders under one key go to a person", async (t) => {
  const { billing, addOrder } = await withClient(t);
  await billing.run(addOrder, never);
  await billing.run(addOrder, never);
  const answer = await billing.run({ ...addOrder, lookUpFirst: true }, never);
  assert.equal(answer.kind === "failed" && answer.failure.code, "BILLING_ORDER_DOUBLED");
});

test("a look-up that fails leaves the outcome unknown", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  await stage.breakNext([{ operation: "billing.GetClientsProducts", kind: "unavailable" }]);
  assert.deepEqual(verdict(await billing.run({ ...addOrder, lookUpFirst: true }, never)), {
    class: "retryable",
    code: "BILLING_SERVER_ERROR",
    outcomeUnknown: true,
    moduleWide: false,
  });
});

test("a pending order is accepted once; accepted already is success", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  const results = { "billing-order": resultOf(await billing.run(addOrder, never)) };
  const accept = callOf("accept-order", { results });
  await stage.breakNext([{ operation: "billing.AcceptOrder", kind: "timeout", afterEffect: true }]);
  assert.deepEqual(verdict(await billing.run(accept, never)), {
    class: "retryable",
    code: "BILLING_TIMEOUT",
    outcomeUnknown: true,
    moduleWide: false,
  });
  for (const lookUpFirst of [true, false]) {
    const answer = await billing.run({ ...accept, lookUpFirst }, never);
    assert.equal(answer.kind === "done" && answer.adopted, true);
  }
  assert.equal((await stage.summary()).effects.byOperation["billing.AcceptOrder"], 1);
});

test("an order that was cancelled in billing cannot be accepted", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  const result = resultOf(await billing.run(addOrder, never));
  const cancel = new URLSearchParams({
    identifier: "sluice",
    secret: "sluice-billing-demo",
    action: "CancelOrder",
    orderid: result["billingOrderId"] as string,
  });
  await fetch(`${stage.simulators.url}/billing/includes/api.php`, { method: "POST", body: cancel });
  const accept = callOf("accept-order", { results: { "billing-order": result } });
  assert.deepEqual(verdict(await billing.run(accept, never)), {
    class: "needs_operator",
    code: "BILLING_ORDER_CLOSED",
    outcomeUnknown: false,
    moduleWide: false,
  });
});

const refusals = [
  ["No items added to cart so order cannot proceed", "SKU_NOT_MAPPED", false],
  ["Invalid Payment Method. Valid options include stripe", "PAYMENT_GATEWAY_UNKNOWN", false],
  ["Unable to add order when client  status is Closed", "BILLING_CLIENT_CLOSED", false],
  ["CLIENT ID NOT FOUND", "BILLING_CLIENT_GONE", false],
  ["You did not enter your postcode", "CONTACT_DATA_INVALID", false],
  ["The moon is in the wrong phase", "UNCLASSIFIED", true],
] as const;

for (const [message, code, outcomeUnknown] of refusals) {
  test(`billing's text "${message}" means ${code}`, async (t) => {
    const { stage, billing, addOrder } = await withClient(t);
    await stage.breakNext([{ operation: "billing.AddOrder", kind: "error_message", message }]);
    assert.deepEqual(verdict(await billing.run(addOrder, never)), {
      class: "needs_operator",
      code,
      outcomeUnknown,
      moduleWide: false,
    });
  });
}

test("refused credentials stop the module and not the order, and the secret is not told", async (t) => {
  const billing = billingOf(await setStage(t), { secret: "wrong-secret" });
  const answer = await billing.run(callOf("ensure-client"), never);
  assert.deepEqual(verdict(answer), {
    class: "needs_operator",
    code: "BILLING_CREDENTIALS_REFUSED",
    outcomeUnknown: false,
    moduleWide: true,
  });
  assert.doesNotMatch(JSON.stringify(answer), /wrong-secret/);
});

test("a billing system that is down was asked nothing", async (t) => {
  const billing = billingOf(await setStage(t), { url: `http://127.0.0.1:${await closedPort()}` });
  assert.deepEqual(verdict(await billing.run(callOf("ensure-client"), never)), {
    class: "retryable",
    code: "BILLING_UNREACHABLE",
    outcomeUnknown: false,
    moduleWide: true,
  });
});

test("a maintenance page with status 200, and success without an order id, leave the outcome unknown", async (t) => {
  const { stage, addOrder } = await withClient(t);
  for (const body of ["<html>We are back soon</html>", '{"result":"success"}', '{"result":"succ']) {
    const broken = billingOf(stage, { fetch: () => Promise.resolve(new Response(body)) });
    assert.deepEqual(verdict(await broken.run(addOrder, never)), {
      class: "retryable",
      code: "BILLING_UNREADABLE_ANSWER",
      outcomeUnknown: true,
      moduleWide: false,
    });
  }
});

test("a limit is obeyed with the delay that billing names", async (t) => {
  const { stage, addOrder } = await withClient(t);
  const limited = billingOf(stage, {
    fetch: () => Promise.resolve(new Response("", { status: 429, headers: { "retry-after": "7" } })),
  });
  const answer = await limited.run(addOrder, never);
  assert.equal(answer.kind === "failed" && answer.failure.class, "rate_limited");
  assert.equal(answer.kind === "failed" && answer.failure.retryAfterMs, 7_000);
});

test("an abort ends the call at once, as a throw", async (t) => {
  const { stage, billing, addOrder } = await withClient(t, { timeoutMs: 60_000 });
  await stage.breakNext([{ operation: "billing.AddOrder", kind: "timeout" }]);
  const controller = new AbortController();
  const running = billing.run(addOrder, controller.signal);
  controller.abort(new Error("shutting down"));
  await assert.rejects(running, /shutting down/);
});

test("a plan that does not fit is a person's matter and sends nothing", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  const before = (await stage.summary()).calls.started;
  for (const wrong of [
    { ...addOrder, results: {} },
    { ...addOrder, parameters: { items: [] } },
    callOf("refund"),
  ]) {
    const answer = await billing.run(wrong, never);
    assert.equal(answer.kind === "failed" && answer.failure.code, "PLAN_INVALID");
  }
  assert.equal((await stage.summary()).calls.started, before);
});

test("a custom field counts bytes, as PHP does, and not characters", () => {
  const encoded = encodeCustomFields(new Map([[7, "Żółw"]]));
  assert.equal(Buffer.from(encoded, "base64").toString("utf8"), 'a:1:{i:7;s:7:"Żółw";}');
});

test("a page that repeats our request does not carry the secret into the record", async (t) => {
  const { stage, addOrder } = await withClient(t);
  const echoing = billingOf(stage, {
    secret: "a&b secret",
    fetch: (_url, init) =>
      Promise.resolve(new Response(`a&b secret / ${init?.body as string}`, { status: 502 })),
  });
  const answer = await echoing.run(addOrder, never);
  const raw = answer.kind === "failed" ? (answer.failure.raw ?? "") : "";
  assert.match(raw, /AddOrder/);
  assert.doesNotMatch(raw, /b.secret/);
});

function billingOrderOf({ billingOrderId }: JsonObject): string {
  return typeof billingOrderId === "string" ? billingOrderId : assert.fail("no billing order");
}

test("orders are listed with their keys from the newest back, and cancelled ones are not in force", async (t) => {
  const { stage, billing, addOrder } = await withClient(t);
  const first = resultOf(await billing.run({ ...addOrder, effectKey: "first" }, never));
  const second = resultOf(await billing.run({ ...addOrder, effectKey: "second" }, never));
  const body = new URLSearchParams({
    ...billingDemoCredentials,
    action: "CancelOrder",
    orderid: billingOrderOf(first),
  });
  await fetch(`${stage.simulators.url}/billing/includes/api.php`, { method: "POST", body });
  const listed: string[] = [];
  for await (const effect of billing.records?.listEffects("2026-01-01T00:00:00Z", never) ?? []) {
    listed.push(`${effect.operation} ${effect.effectKey} ${effect.reference} ${String(effect.isInForce)}`);
  }
  // Two pieces each.
  const expected = [
    `add-order second ${billingOrderOf(second)} true`,
    `add-order first ${billingOrderOf(first)} false`,
  ];
  assert.deepEqual(
    listed,
    expected.flatMap((line) => [line, line]),
  );
});
