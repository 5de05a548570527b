import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  ManualClock,
  callBilling,
  callNetwork,
  callsOf,
  clientFields,
  control,
  customField,
  effectsOf,
  makeFolder,
  startForTest,
  summaryOf,
} from "./start.ts";

const keyedClient = { ...clientFields, customfields: customField("client-key") };

test("a call is recorded at receipt, its effect half-way through the delay and its answer at the end", async (t) => {
  const clock = new ManualClock();
  const simulators = await startForTest(t, { clock });
  await control(simulators, "PUT", "settings", { delayMs: 300 });
  const answer = callBilling(simulators, "AddClient", keyedClient);

  await clock.whenSleeping(1);
  assert.deepEqual((await summaryOf(simulators)).calls, { started: 1, answered: 0, unanswered: 1 });
  assert.deepEqual(await effectsOf(simulators), []);

  clock.advance(150);
  await clock.whenSleeping(1);
  const [effect] = await effectsOf(simulators);
  assert.equal(effect?.key, "client-key");
  assert.equal(effect?.madeAt, "2026-11-23T09:00:00.150Z");
  assert.equal((await callsOf(simulators))[0]?.answeredAt, null);

  clock.advance(150);
  assert.equal((await answer).body["result"], "success");
  const [call] = await callsOf(simulators);
  assert.deepEqual(call, {
    id: effect?.callId,
    system: "billing",
    operation: "AddClient",
    key: "client-key",
    startedAt: "2026-11-23T09:00:00.000Z",
    answeredAt: "2026-11-23T09:00:00.300Z",
    status: "200",
  });
});

test("a client that hangs up does not stop the work, and its call stays unanswered", async (t) => {
  const clock = new ManualClock();
  const simulators = await startForTest(t, { clock });
  await control(simulators, "PUT", "settings", { delayMs: 300 });
  const client = new AbortController();
  const answer = callBilling(simulators, "AddClient", keyedClient, client.signal);
  await clock.whenSleeping(1);
  client.abort();
  await assert.rejects(answer, { name: "AbortError" });
  await summaryOf(simulators); // a round trip through the same event loop: the hang-up was seen before it

  clock.advance(150);
  await clock.whenSleeping(1);
  clock.advance(150);
  await control(simulators, "PUT", "settings", { delayMs: 0 });
  const later = await callBilling(simulators, "GetClientsDetails", { email: clientFields.email });
  assert.equal(later.body["result"], "success");
  const { calls, effects } = await summaryOf(simulators);
  assert.deepEqual(calls, { started: 2, answered: 1, unanswered: 1 });
  assert.equal(effects.total, 1);
});

test("calls in progress when the simulators stop stay unanswered over the restart", async (t) => {
  const databaseFile = join(makeFolder(t), "simulators.db");
  const clock = new ManualClock();
  const first = await startForTest(t, { databaseFile, clock });
  await control(first, "PUT", "settings", { delayMs: 300 });
  const lost = assert.rejects(callBilling(first, "AddClient", keyedClient));
  await clock.whenSleeping(1);
  await first.close();
  await lost;

  const second = await startForTest(t, { databaseFile });
  const { calls, effects } = await summaryOf(second);
  assert.deepEqual(calls, { started: 1, answered: 0, unanswered: 1 });
  assert.equal(effects.total, 0);
});

test("settings survive a restart, and a change leaves the others as they were", async (t) => {
  const databaseFile = join(makeFolder(t), "simulators.db");
  const first = await startForTest(t, { databaseFile });
  await control(first, "PUT", "settings", { activationMs: 700, perSystem: { mail: { delayMs: 20 } } });
  await control(first, "PUT", "settings", { delayMs: 5 });
  await first.close();
  const second = await startForTest(t, { databaseFile });
  assert.deepEqual(await control(second, "GET", "settings"), {
    delayMs: 5,
    activationMs: 700,
    perSystem: { mail: { delayMs: 20 } },
    allowedIps: [],
  });
});

test("one system can be slowed alone", async (t) => {
  const clock = new ManualClock();
  const simulators = await startForTest(t, { clock });
  await control(simulators, "PUT", "settings", { perSystem: { billing: { delayMs: 1_000 } } });
  const slow = callBilling(simulators, "GetProducts");
  await clock.whenSleeping(1);
  assert.equal((await callNetwork(simulators, "GET", "service?externalId=x")).status, 200);
  clock.advance(500);
  await clock.whenSleeping(1);
  clock.advance(500);
  assert.equal((await slow).status, 200);
});

test("settings that make no sense are refused with the field's name", async (t) => {
  const simulators = await startForTest(t);
  const negative = control(simulators, "PUT", "settings", { delayMs: -1 });
  await assert.rejects(negative, /answered 400.*delayMs/);
  await assert.rejects(control(simulators, "PUT", "settings", { delay: 5 }), /answered 400.*delay/);
});

test("a reset forgets records, customers and settings, and ids do not come back", async (t) => {
  const simulators = await startForTest(t);
  const before = await callBilling(simulators, "AddClient", keyedClient);
  await control(simulators, "PUT", "settings", { activationMs: 50 });
  await control(simulators, "POST", "reset");
  const { calls, effects } = await summaryOf(simulators);
  assert.deepEqual([calls.started, effects.total], [0, 0]);
  assert.equal((await control(simulators, "GET", "settings"))["activationMs"], 0);
  const after = await callBilling(simulators, "AddClient", keyedClient);
  assert.equal(after.body["result"], "success");
  assert.notEqual(after.body["clientid"], before.body["clientid"]);
});

test("a page of another origin cannot steer the simulators", async (t) => {
  const simulators = await startForTest(t);
  await callBilling(simulators, "AddClient", keyedClient);
  const headers = { origin: "https://evil.example" };
  const refused = await fetch(`${simulators.url}/__sim/reset`, { method: "POST", headers });
  assert.equal(refused.status, 403);
  assert.equal((await summaryOf(simulators)).effects.total, 1);
  const own = await fetch(`${simulators.url}/__sim/reset`, {
    method: "POST",
    headers: { origin: simulators.url },
  });
  assert.equal(own.status, 200);
});
