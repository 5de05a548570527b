import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  callBilling,
  callNetwork,
  clientFields,
  control,
  customField,
  makeFolder,
  startForTest,
  summaryOf,
} from "./start.ts";

const keyedClient = { ...clientFields, customfields: customField("client-key") };
const esim = { externalId: "key-1", specification: "esim" };
const operation = "billing.AddClient";

test("a fault counts down over its calls, and over a restart", async (t) => {
  const databaseFile = join(makeFolder(t), "simulators.db");
  const first = await startForTest(t, { databaseFile });
  const fault = { operation, kind: "error_message", message: "Closed for lunch", times: 2 };
  await control(first, "PUT", "faults", { faults: [fault] });
  const refused = { status: 200, body: { result: "error", message: "Closed for lunch" } };
  assert.deepEqual(await callBilling(first, "AddClient", keyedClient), refused);
  await first.close();
  const second = await startForTest(t, { databaseFile });
  assert.deepEqual(await callBilling(second, "AddClient", keyedClient), refused);
  assert.equal((await callBilling(second, "AddClient", keyedClient)).body["result"], "success");
  assert.deepEqual(await control(second, "GET", "faults"), { faults: [] });
});

test("a fault touches its own operation only", async (t) => {
  const simulators = await startForTest(t);
  await control(simulators, "PUT", "faults", { faults: [{ operation, kind: "refuse", times: 9 }] });
  assert.equal((await callBilling(simulators, "GetProducts")).status, 200);
});

test("http_500 and unavailable are HTML pages from billing and error bodies from the network", async (t) => {
  const simulators = await startForTest(t);
  await control(simulators, "PUT", "faults", {
    faults: [
      { operation, kind: "http_500" },
      { operation, kind: "unavailable" },
      { operation: "network.CreateService", kind: "http_500" },
      { operation: "network.CreateService", kind: "error_message", message: "No capacity" },
    ],
  });
  const url = `${simulators.url}/billing/includes/api.php`;
  const body = (): URLSearchParams =>
    new URLSearchParams({
      identifier: "sluice",
      secret: "sluice-billing-demo",
      action: "AddClient",
      ...clientFields,
    });
  const broken = await fetch(url, { method: "POST", body: body() });
  assert.equal(broken.status, 500);
  assert.match(broken.headers.get("content-type") ?? "", /^text\/html/);
  const busy = await fetch(url, { method: "POST", body: body() });
  assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "1"]);
  await Promise.all([broken.text(), busy.text()]);
  const network = await callNetwork(simulators, "POST", "service", esim);
  assert.deepEqual([network.status, network.body["code"]], [500, "server_error"]);
  const full = await callNetwork(simulators, "POST", "service", esim);
  assert.deepEqual([full.status, full.body["message"]], [422, "No capacity"]);
  assert.equal((await summaryOf(simulators)).effects.total, 0);
});

test("a refused connection without afterEffect makes nothing and stays unanswered", async (t) => {
  const simulators = await startForTest(t);
  await control(simulators, "PUT", "faults", { faults: [{ operation, kind: "refuse" }] });
  await assert.rejects(callBilling(simulators, "AddClient", keyedClient));
  const { calls, effects } = await summaryOf(simulators);
  assert.deepEqual([calls.unanswered, effects.total], [1, 0]);
});

test("a time-out after the effect leaves a thing that only a look-up can find", async (t) => {
  const simulators = await startForTest(t);
  await control(simulators, "PUT", "faults", { faults: [{ operation, kind: "timeout", afterEffect: true }] });
  const client = new AbortController();
  const silent = assert.rejects(callBilling(simulators, "AddClient", keyedClient, client.signal));
  await whenEffects(simulators.url, 1);
  client.abort();
  await silent;
  const { body } = await callBilling(simulators, "GetClientsDetails", { email: clientFields.email });
  assert.equal(body["result"], "success");
  assert.equal((await summaryOf(simulators)).calls.unanswered, 1);
});

test("a fault for an operation that does not exist is refused with the list of those that do", async (t) => {
  const simulators = await startForTest(t);
  const wrong = control(simulators, "PUT", "faults", {
    faults: [{ operation: "AddOrder", kind: "timeout" }],
  });
  await assert.rejects(wrong, /answered 400.*billing\.AddOrder/);
});

async function whenEffects(url: string, count: number): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/__sim/effects`);
    const { effects } = (await response.json()) as { effects: unknown[] };
    if (effects.length >= count) return;
  }
}
