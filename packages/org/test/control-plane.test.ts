import assert from "node:assert/strict";
import { test } from "node:test";
import { controlCalls } from "../src/control/control-routes.ts";
import { control, readEvents, startControlledOrg } from "./control-harness.ts";
import { operator, orderId, setStatus, tempDir, topic } from "./core-harness.ts";

const hourMs = 3_600_000;

test("the index lists every call", async (t) => {
  const org = await startControlledOrg(t);
  const { body } = await control(org, "GET ");
  assert.equal((body as { readonly calls: readonly unknown[] }).calls.length, controlCalls.length);
  for (const [call] of controlCalls.filter(([name]) => name.startsWith("GET") && !name.endsWith("stream"))) {
    const path = call.replace("/__org/", "");
    assert.equal((await control(org, path)).status, 200, call);
  }
});

test("the clock is moved, stopped and sped up, and record times follow", async (t) => {
  const org = await startControlledOrg(t, { time: { nowMs: Date.UTC(2027, 0, 1), rate: 0 } });
  assert.deepEqual((await control(org, "GET clock")).body, { now: "2027-01-01T00:00:00.000Z", rate: 0 });
  assert.deepEqual((await control(org, "POST clock", { advance: "1.5h" })).body, {
    now: "2027-01-01T01:30:00.000Z",
    rate: 0,
  });
  await control(org, "POST clock", { advanceMs: 500 });
  await control(org, "POST clock", { set: "2027-01-02T00:00:00+01:00" });
  setStatus(org.core, "Approved");
  assert.equal(org.core.get("Order", orderId)?.["Approved_At__c"], "2027-01-01T23:00:00.000Z");
  assert.deepEqual((await control(org, "POST clock", { rate: 60 })).status, 200);
  assert.equal(org.clock.state.rate, 60);
});

for (const [body, message] of [
  [{ advance: "3 days" }, /advance/],
  [{ set: "2020-01-01T00:00:00Z" }, /set: the org's time cannot go back; it is 2027-01-01/],
  [{ rate: -1 }, /rate/],
  [{ speed: 2 }, /send one of/],
] as const) {
  test(`the clock refuses ${JSON.stringify(body)} and says why`, async (t) => {
    const org = await startControlledOrg(t, { time: { nowMs: Date.UTC(2027, 0, 1), rate: 0 } });
    const answer = await control(org, "POST clock", body);
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), message);
  });
}

test("the org's time goes on after a restart as it was set", async (t) => {
  const dataDir = tempDir(t);
  const first = await startControlledOrg(t, { dataDir });
  first.clock.advance(48 * hourMs);
  first.clock.setRate(0);
  const stoppedAtMs = first.clock.now();
  await first.close();
  const second = await startControlledOrg(t, { dataDir });
  assert.deepEqual(second.clock.state, { nowMs: stoppedAtMs, rate: 0 });
});

test("a fault is armed, shown with its hits and disarmed", async (t) => {
  const org = await startControlledOrg(t);
  const armed = await control(org, "POST faults", {
    kind: "row_locked",
    rate: 0.5,
    match: { object: "Order" },
  });
  assert.equal(armed.status, 201);
  const { id } = armed.body as { readonly id: number };
  assert.deepEqual(org.faults.list()[0]?.schedule, { kind: "rate", rate: 0.5, seed: 1 });
  assert.deepEqual(org.faults.list()[0]?.match, { object: "Order" });
  assert.equal((await control(org, `DELETE faults/${id}`)).status, 204);
  assert.equal((await control(org, `DELETE faults/${id}`)).status, 404);
  await control(org, "POST faults", { kind: "slow_answer" });
  assert.deepEqual(org.faults.list()[0]?.options, { delayMs: 5_000 });
  await control(org, "DELETE faults");
  assert.deepEqual(org.faults.list(), []);
});

for (const [body, message] of [
  [{}, /kind/],
  [{ kind: "earthquake" }, /kind/],
  [{ kind: "row_locked", times: 1, forMs: 5 }, /one of times, rate and forMs/],
  [{ kind: "row_locked", seed: 3 }, /seed: goes with rate only/],
  [{ kind: "slow_answer", options: { delayMs: "long" } }, /options\.delayMs/],
  [{ kind: "row_locked", at: "open" }, /row_locked is no fault of a stream/],
  [{ kind: "row_locked", match: { colour: "red" } }, /colour/],
] as const) {
  test(`the order ${JSON.stringify(body)} is refused with the field and the reason`, async (t) => {
    const org = await startControlledOrg(t);
    const answer = await control(org, "POST faults", body);
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), message);
    assert.deepEqual(org.faults.list(), []);
  });
}

test("the log is read after a number and by kind, and its stream goes on where a reader left it", async (t) => {
  const org = await startControlledOrg(t);
  setStatus(org.core, "Approved");
  const { body } = await control(org, "GET log?kind=record:saved&limit=1");
  const [entry] = (body as { readonly entries: readonly { readonly seq: number }[] }).entries;
  assert.ok(entry !== undefined);
  const stream = await fetch(`${org.url}/__org/log/stream?kind=record:saved`, {
    headers: { "last-event-id": String(entry.seq - 1) },
  });
  const events = readEvents(stream);
  assert.equal((await events.next()).value?.id, String(entry.seq));
  setStatus(org.core, "Draft");
  const second = (await events.next()).value?.data as { readonly detail: unknown } | undefined;
  assert.deepEqual(second?.detail, { object: "Order", id: orderId });
  await events.return(undefined);
});

test("the bus is read after a replay id, and its stream tells each event once, decoded", async (t) => {
  const org = await startControlledOrg(t);
  setStatus(org.core, "Approved");
  const first = (await control(org, `GET events?topic=${topic}`)).body as {
    readonly events: readonly { readonly replayId: string }[];
  };
  assert.equal(first.events.length, 1);
  const after = first.events[0]?.replayId ?? "";
  assert.deepEqual((await control(org, `GET events?after=${after}`)).body, { events: [] });
  assert.equal((await control(org, "GET events?after=ffffffffffffffff0000")).status, 400);
  const events = readEvents(await fetch(`${org.url}/__org/events/stream?after=${after}`));
  setStatus(org.core, "Cancelled");
  const told = (await events.next()).value?.data as
    { readonly payload: { readonly Request_Type__c: string } } | undefined;
  assert.equal(told?.payload.Request_Type__c, "Cancel");
  await events.return(undefined);
});

test("a snapshot brings records, events and numbers back", async (t) => {
  const org = await startControlledOrg(t);
  setStatus(org.core, "Approved");
  const events = org.core.bus.read(topic, -1, 10);
  assert.equal((await control(org, "POST snapshots/before")).status, 201);
  setStatus(org.core, "Cancelled");
  const id = org.core.create(operator, "Order", {
    EffectiveDate: "2026-12-01",
    AccountId: "001Hs0000000001IAA",
  });
  assert.deepEqual((await control(org, "GET snapshots")).body, { snapshots: ["before"] });
  assert.equal((await control(org, "POST snapshots/before/restore")).status, 204);
  assert.equal(org.core.get("Order", orderId)?.["Status"], "Approved");
  assert.equal(org.core.get("Order", id), undefined);
  assert.deepEqual(org.core.bus.read(topic, -1, 10), events);
  const again = org.core.create(operator, "Order", {
    EffectiveDate: "2026-12-01",
    AccountId: "001Hs0000000001IAA",
  });
  assert.equal(again, id, "numbers count on from where they were");
  assert.equal((await control(org, "DELETE snapshots/before")).status, 204);
  assert.equal((await control(org, "POST snapshots/before/restore")).status, 404);
  assert.equal((await control(org, "POST snapshots/..%2Fetc")).status, 400);
});

test("a reset goes back to the seed, to no faults and to real time", async (t) => {
  const org = await startControlledOrg(t);
  const before = org.core.get("Order", orderId);
  setStatus(org.core, "Approved");
  org.clock.advance(100 * hourMs);
  await control(org, "POST faults", { kind: "row_locked" });
  assert.equal((await control(org, "POST reset")).status, 204);
  assert.deepEqual(org.faults.list(), []);
  assert.ok(Math.abs(org.clock.now() - Date.now()) < hourMs);
  assert.deepEqual(org.core.bus.read(topic, -1, 10), []);
  const after = org.core.get("Order", orderId);
  assert.equal(after?.["Status"], "Draft");
  assert.equal(after?.["OrderNumber"], before?.["OrderNumber"]);
  setStatus(org.core, "Approved");
  assert.equal(org.core.bus.read(topic, -1, 10).length, 1);
});

test("a stream reset takes the events and makes old ids worthless", async (t) => {
  const org = await startControlledOrg(t);
  setStatus(org.core, "Approved");
  const [old] = org.core.bus.read(topic, -1, 10);
  assert.ok(old !== undefined);
  assert.equal((await control(org, "POST stream-reset")).status, 204);
  assert.deepEqual(org.core.bus.read(topic, -1, 10), []);
  assert.deepEqual(org.core.bus.resolve(topic, old.replayId), { kind: "corrupted" });
});

test("after a stream reset with overlap an old id comes to stand at the wrong place", async (t) => {
  const org = await startControlledOrg(t, { pubsub: { acceptsUnissuedReplayIds: true } });
  setStatus(org.core, "Approved");
  const [old] = org.core.bus.read(topic, -1, 10);
  assert.ok(old !== undefined);
  await control(org, "POST stream-reset", { overlap: true });
  assert.deepEqual(org.core.bus.resolve(topic, old.replayId), { kind: "corrupted" });
  for (let round = 0; org.core.bus.latest().position <= old.position && round < 300; round += 1) {
    org.core.publish(operator, "OrderProvisionRequested__e", { Order_Id__c: orderId, Request_Key__c: "k" });
  }
  assert.equal(org.core.bus.resolve(topic, old.replayId).kind, "at");
  const skipped = org.core.bus.read(topic, -1, 1_000).filter(({ position }) => position <= old.position);
  assert.ok(skipped.length > 0, "who resumes there misses events");
});

test("a refreshed sandbox is another org with the same records, and its sessions are over", async (t) => {
  const org = await startControlledOrg(t);
  const { accessToken } = org.signIn();
  const answer = await control(org, "POST sandbox-refresh");
  const { orgId } = answer.body as { readonly orgId: string };
  assert.match(orgId, /^00D[a-zA-Z0-9]{15}$/);
  assert.notEqual(orgId, "00D000000000001EAA");
  assert.equal(org.core.orgId, orgId);
  assert.ok(org.core.get("Order", orderId) !== undefined);
  const headers = { authorization: `Bearer ${accessToken}` };
  const call = await fetch(`${org.url}/services/data/v67.0/sobjects/Order/${orderId}`, { headers });
  assert.equal(call.status, 401);
  assert.equal(org.signIn().tenantId, orgId);
  const given = await control(org, "POST sandbox-refresh", { orgId: "00D000000000002EAA" });
  assert.deepEqual(given.body, { orgId: "00D000000000002EAA" });
  assert.equal((await control(org, "POST sandbox-refresh", { orgId: "801" })).status, 400);
});

test("sessions are revoked, of one user or of all", async (t) => {
  const org = await startControlledOrg(t);
  org.signIn();
  assert.deepEqual((await control(org, "POST sessions/revoke", { userId: "005000000000009AAA" })).body, {
    revoked: 0,
    streamsEnded: 0,
  });
  assert.deepEqual((await control(org, "POST sessions/revoke")).body, { revoked: 1, streamsEnded: 0 });
});

test("a page of another site is refused", async (t) => {
  const org = await startControlledOrg(t);
  const call = (origin: string) =>
    fetch(`${org.url}/__org/reset`, { method: "POST", headers: { origin } }).then(({ status }) => status);
  assert.deepEqual([await call("http://evil.test"), await call(org.url)], [403, 204]);
});
