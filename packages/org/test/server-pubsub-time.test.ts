import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { StatusObject } from "@grpc/grpc-js";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import { operator, startMs, topic } from "./core-harness.ts";
import { serveProjectOrg } from "./project-org.ts";
import { fetchToken } from "./server-harness.ts";
import { callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

const hourMs = 3_600_000;

/** An org whose time stands still until the test moves it. */
async function connect(context: TestContext, pubsub: Partial<PubSubKnobs> = {}) {
  const org = await serveProjectOrg(context, { pubsub, time: { nowMs: startMs, rate: 0 } });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const headers = callHeaders(await fetchToken(org.url), { tenantid: org.orgId });
  const publish = (key: string): string =>
    org.core.publish(operator, "OrderProvisionRequested__e", {
      Order_Id__c: "801Hs0000000001IAA",
      Request_Key__c: key,
    });
  return { org, headers, publish, subscribe: () => openStream(client, headers) };
}

function codeOf(ended: StatusObject): string {
  return String(ended.metadata.get("error-code")[0]).replace("sfdc.platform.eventbus.grpc.", "");
}

test("events live for 72 hours, and the id of a keepalive keeps a quiet subscriber from ageing", async (context) => {
  const { org, publish, subscribe } = await connect(context, { keepaliveMs: 270_000 });
  publish("old");
  const stream = subscribe();
  stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 10 });
  const first = await stream.next();
  const keepalives = [];
  const started = performance.now();
  for (let quietMs = 0; quietMs < 72 * hourMs; quietMs += 270_000) {
    org.clock.advance(270_000);
    keepalives.push(await stream.next());
  }
  const tookMs = performance.now() - started;
  assert.ok(tookMs < 2_000, `three days took ${Math.round(tookMs)} ms`);
  assert.ok(
    keepalives.every(({ events, pendingNumRequested }) => events.length === 0 && pendingNumRequested === 9),
  );
  const newest = keepalives.at(-1)?.latestReplayId ?? Buffer.alloc(0);
  assert.notDeepEqual(newest, first.latestReplayId);
  stream.cancel();
  await stream.ended;
  org.clock.advance(1);

  const tooLate = subscribe();
  const replayId = first.events[0]?.replayId ?? Buffer.alloc(0);
  tooLate.request({ topicName: topic, replayPreset: "CUSTOM", replayId, numRequested: 1 });
  const ended = await tooLate.ended;
  assert.deepEqual(
    [ended.code, codeOf(ended)],
    [status.INVALID_ARGUMENT, "subscription.fetch.replayid.corrupted"],
  );

  publish("new");
  for (const start of [
    { replayPreset: "EARLIEST" } as const,
    { replayPreset: "CUSTOM", replayId: newest } as const,
  ]) {
    const resumed = subscribe();
    resumed.request({ topicName: topic, numRequested: 10, ...start });
    assert.equal((await resumed.next()).events.length, 1);
    resumed.cancel();
    await resumed.ended;
  }
});

test("purging may lag: until it comes, old events are delivered and their ids are good", async (context) => {
  const { org, publish, subscribe } = await connect(context, { purgeLagMs: hourMs });
  publish("old");
  org.clock.advance(73 * hourMs);
  const stream = subscribe();
  stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 1 });
  assert.equal((await stream.next()).events.length, 1);
  org.clock.advance(1);
  const second = subscribe();
  second.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 1 });
  publish("new");
  assert.deepEqual((await second.next()).events.length, 1);
  second.cancel();
  stream.cancel();
  await Promise.all([stream.ended, second.ended]);
});

for (const [name, knobs, keepaliveMs] of [
  ["60 seconds as observed", {}, 60_000],
  ["270 seconds by the contract", { keepaliveMs: 270_000 }, 270_000],
] as const) {
  test(`a silent stream with credit hears of the org after ${name}, and no sooner`, async (context) => {
    const { org, publish, subscribe } = await connect(context, knobs);
    const stream = subscribe();
    publish("first");
    stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 2 });
    const first = await stream.next();
    org.clock.advance(keepaliveMs - 1);
    publish("just in time");
    const second = await stream.next();
    assert.deepEqual([first.events.length, second.events.length], [1, 1]);
    stream.request({ numRequested: 1 });
    publish("third");
    assert.equal((await stream.next()).events.length, 1);
    stream.request({ numRequested: 1 });
    // A round trip shows that the credit has arrived.
    publish("fourth");
    await stream.next();
    stream.request({ numRequested: 5 });
    while (org.streams.list()[0]?.credit !== 5) await turn();
    org.clock.advance(keepaliveMs);
    assert.deepEqual((await stream.next()).events, []);
    stream.cancel();
    await stream.ended;
  });
}

test("a stream without credit is closed with OK after 60 seconds", async (context) => {
  const { org, publish, subscribe } = await connect(context);
  publish("one");
  const stream = subscribe();
  stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 1 });
  assert.equal((await stream.next()).pendingNumRequested, 0);
  org.clock.advance(59_999);
  assert.equal(org.streams.list().length, 1);
  org.clock.advance(1);
  assert.equal((await stream.ended).code, status.OK);
  assert.equal(org.log.read({ kinds: ["stream:ended"] }).at(-1)?.detail["cause"], "no credit");
});

test("a used-up delivery allocation cuts streams and refuses new ones until 24 hours have passed", async (context) => {
  const { org, publish, subscribe } = await connect(context, { allocations: { deliverPerDay: 3 } });
  const idle = subscribe();
  idle.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 1 });
  publish("1");
  await idle.next();
  for (const key of ["2", "3", "4"]) publish(key);
  const stream = subscribe();
  stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 100 });
  // Each subscriber counts: one and two make three.
  const received = await stream.next();
  assert.equal(received.events.length, 2);
  for (const ended of await Promise.all([stream.ended, idle.ended])) {
    assert.deepEqual([ended.code, codeOf(ended)], [status.RESOURCE_EXHAUSTED, "subscription.limit.exceeded"]);
    assert.match(ended.details, /delivery limit of your org/);
  }
  const limits = async () => {
    const token = await fetchToken(org.url);
    const answer = await fetch(`${org.url}/services/data/v67.0/limits`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await answer.json()) as Record<string, { readonly Max: number; readonly Remaining: number }>)[
      "DailyDeliveredPlatformEvents"
    ];
  };
  assert.deepEqual(await limits(), { Max: 3, Remaining: 0 });

  const retry = async () => {
    const again = subscribe();
    const { latestReplayId } = received;
    again.request({ topicName: topic, replayPreset: "CUSTOM", replayId: latestReplayId, numRequested: 10 });
    return again;
  };
  org.clock.advance(23 * hourMs);
  assert.equal(codeOf(await (await retry()).ended), "subscription.limit.exceeded");
  org.clock.advance(hourMs + 15 * 60_000);
  assert.deepEqual(await limits(), { Max: 3, Remaining: 3 });
  const resumed = await retry();
  assert.equal((await resumed.next()).events.length, 2, "nothing was lost");
  resumed.cancel();
  await resumed.ended;
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
