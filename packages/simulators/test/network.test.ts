import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ManualClock, callNetwork, control, makeFolder, startForTest, summaryOf } from "./start.ts";
import type { Json } from "./start.ts";

const esim = { externalId: "key-1", specification: "esim", characteristics: { plan: "10G" } };

test("a service is accepted with a monitor and becomes active in its time, over a restart too", async (t) => {
  const databaseFile = join(makeFolder(t), "simulators.db");
  const clock = new ManualClock();
  const first = await startForTest(t, { databaseFile, clock });
  await control(first, "PUT", "settings", { activationMs: 10_000 });
  const accepted = await callNetwork(first, "POST", "service", esim);
  assert.equal(accepted.status, 202);
  assert.equal(accepted.body["state"], "InProgress");
  const location = accepted.headers.get("location") ?? "";
  assert.equal(location, accepted.body["href"]);
  const monitorPath = location.replace("/network/", "");
  clock.advance(9_999);
  assert.equal((await callNetwork(first, "GET", monitorPath)).body["state"], "InProgress");
  await first.close();

  const second = await startForTest(t, { databaseFile, clock });
  const early = await callNetwork(second, "GET", "service?externalId=key-1");
  const [waiting] = early.body as unknown as Json[];
  assert.equal(waiting?.["state"], "inactive");
  assert.deepEqual(waiting?.["characteristics"], { plan: "10G" });
  clock.advance(1);
  const monitor = await callNetwork(second, "GET", monitorPath);
  assert.equal(monitor.body["state"], "Completed");
  const service = (monitor.body["response"] as { body: Json }).body;
  assert.equal(service["state"], "active");
  assert.equal(service["startDate"], "2026-11-23T09:00:10.000Z");
});

test("an eSIM has a valid ICCID and an activation code once it is active", async (t) => {
  const simulators = await startForTest(t);
  const { body } = await callNetwork(simulators, "POST", "service", esim);
  assert.equal(body["state"], "Completed", "with an activation time of 0 it is active at once");
  const { characteristics } = (body["response"] as { body: { characteristics: Json } }).body;
  const iccid = String(characteristics["iccid"]);
  assert.match(iccid, /^89\d{17}$/);
  const digits = iccid.split("").reverse().map(Number);
  const weighed = digits.map((digit, position) => (position % 2 === 0 ? digit : digit * 2));
  const sum = weighed.reduce((total, digit) => total + (digit > 9 ? digit - 9 : digit), 0);
  assert.equal(sum % 10, 0, "the last digit is the Luhn check digit");
  assert.match(String(characteristics["activationCode"]), /^LPA:1\$smdp\.sluice\.test\$[0-9A-F]{16}$/);
});

test("what the network issues depends on what was ordered", async (t) => {
  const simulators = await startForTest(t);
  const issued = { sim: "iccid", broadband: "circuitId", voice: "number", tv: "accountNumber" };
  for (const [specification, name] of Object.entries(issued)) {
    const { body } = await callNetwork(simulators, "POST", "service", {
      externalId: specification,
      specification,
    });
    const { characteristics } = (body["response"] as { body: { characteristics: Json } }).body;
    assert.ok(name in characteristics, `${specification} gives ${name}`);
  }
});

test("the same external id makes a second service: both are found, and the key counts as doubled", async (t) => {
  const simulators = await startForTest(t);
  await callNetwork(simulators, "POST", "service", esim);
  await callNetwork(simulators, "POST", "service", esim);
  const { body } = await callNetwork(simulators, "GET", "service?externalId=key-1");
  assert.equal((body as unknown as Json[]).length, 2);
  const { doubled } = await summaryOf(simulators);
  assert.deepEqual(doubled, [{ operation: "network.CreateService", key: "key-1", count: 2 }]);
});

test("an unknown external id is an empty list; unknown ids are 404", async (t) => {
  const simulators = await startForTest(t);
  const none = await callNetwork(simulators, "GET", "service?externalId=nobody");
  assert.deepEqual([none.status, none.body], [200, []]);
  for (const path of ["service/s-77", "monitor/m-77", "monitor/s-1", "service/1%20OR%201"]) {
    assert.equal((await callNetwork(simulators, "GET", path)).status, 404, path);
  }
});

test("a wrong token and a wrong body make nothing and say why", async (t) => {
  const simulators = await startForTest(t);
  const stranger = await callNetwork(simulators, "POST", "service", esim, "guess");
  assert.deepEqual([stranger.status, stranger.body["code"]], [401, "unauthorized"]);
  const wrong = await callNetwork(simulators, "POST", "service", { ...esim, specification: "pigeon" });
  assert.deepEqual([wrong.status, wrong.body["code"]], [400, "invalid_body"]);
  assert.match(String(wrong.body["message"]), /^specification: /);
  assert.equal((await summaryOf(simulators)).effects.total, 0);
});

test("all services are listed part by part, counted as TMF630 has it", async (t) => {
  const simulators = await startForTest(t);
  for (const n of [1, 2, 3])
    await callNetwork(simulators, "POST", "service", { ...esim, externalId: `key-${n}` });
  const part = await callNetwork(simulators, "GET", "service?offset=1&limit=1");
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("x-total-count"), "3");
  const [service] = part.body as unknown as Json[];
  assert.equal(service?.["externalId"], "key-2");
  assert.match(String(service?.["serviceDate"]), /^2\d{3}-/);
  const whole = await callNetwork(simulators, "GET", "service");
  assert.deepEqual([whole.status, whole.headers.get("x-result-count")], [200, "3"]);
});
