import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { StatusObject } from "@grpc/grpc-js";
import { openStage } from "../src/org-stage.ts";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import type { FetchRequest } from "../src/pubsub-server/wire-types.ts";
import { startMs } from "./core-harness.ts";
import { fakeCore, fakeSchemaId, fakeTopic, operatorId, pingPayload } from "./server-fake-core.ts";
import { fetchToken, serve } from "./server-harness.ts";
import { ask, callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

async function connect(context: TestContext, pubsub: Partial<PubSubKnobs>) {
  const core = fakeCore({ User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true }] });
  const org = await serve(context, core, { pubsub, stage: openStage({ nowMs: startMs, rate: 0 }) });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const token = await fetchToken(org.url);
  const open = (request: Partial<FetchRequest> = {}, headers = callHeaders(token)) => {
    const stream = openStream(client, headers);
    stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 100, ...request });
    return stream;
  };
  return { core, org, client, token, headers: callHeaders(token), open };
}

function codeOf(ended: StatusObject): string {
  return String(ended.metadata.get("error-code")[0]).replace("sfdc.platform.eventbus.grpc.", "");
}

test("one grant is answered by several responses, of the same random sizes for the same seed", async (context) => {
  const sizesOf = async (knobs: Partial<PubSubKnobs>): Promise<readonly number[]> => {
    const { core, open } = await connect(context, knobs);
    for (let index = 0; index < 20; index += 1) core.ping(String(index));
    const stream = open({ numRequested: 25 });
    const sizes: number[] = [];
    let credit = 25;
    while (credit > 5) {
      const { events, pendingNumRequested } = await stream.next();
      sizes.push(events.length);
      credit -= events.length;
      assert.equal(pendingNumRequested, credit);
    }
    stream.cancel();
    await stream.ended;
    return sizes;
  };
  assert.deepEqual(await sizesOf({ maxBatchSize: 8 }), [8, 8, 4]);
  const sizes = await sizesOf({ maxBatchSize: 8, batchSeed: 7 });
  assert.ok(new Set(sizes).size > 1, sizes.join());
  assert.deepEqual(await sizesOf({ maxBatchSize: 8, batchSeed: 7 }), sizes);
});

test("credit beyond 100 ends the stream when the knob says so", async (context) => {
  const { open } = await connect(context, { refusesOverflow: true });
  const stream = open({ numRequested: 100 });
  stream.request({ numRequested: 1 });
  assert.equal(codeOf(await stream.ended), "subscription.fetch.overflow");
});

test("too many requests on one stream end it when the knob says so", async (context) => {
  const { open } = await connect(context, { maxRequestsPerMinute: 2 });
  const stream = open();
  stream.request({ numRequested: 1 });
  stream.request({ numRequested: 1 });
  const ended = await stream.ended;
  assert.deepEqual(
    [ended.code, codeOf(ended)],
    [status.RESOURCE_EXHAUSTED, "service.protection.stream.limit.triggered"],
  );
});

test("more clients than allowed are refused when the knob says so", async (context) => {
  const { core, open } = await connect(context, { maxClients: 1 });
  core.ping("1");
  const first = open();
  await first.next();
  assert.equal(codeOf(await open().ended), "concurrent.client.limit.exceeded");
  first.halfClose();
  await first.ended;
  const second = open();
  await second.next();
  second.cancel();
  await second.ended;
});

test("auth_refresh is ignored, or checked when the knob says so", async (context) => {
  const ignoring = await connect(context, {});
  const calm = ignoring.open({ authRefresh: "nonsense" });
  ignoring.core.ping("1");
  calm.request({ numRequested: 1, authRefresh: "nonsense" });
  assert.equal((await calm.next()).events.length, 1);
  calm.cancel();
  await calm.ended;
  const { core, open, token } = await connect(context, { checksAuthRefresh: true });
  core.ping("1");
  const stream = open();
  stream.request({ numRequested: 1, authRefresh: token });
  assert.equal((await stream.next()).events.length, 1);
  stream.request({ numRequested: 1, authRefresh: "nonsense" });
  assert.equal(codeOf(await stream.ended), "service.auth.refresh.invalid");
});

for (const revocationEndsStreams of [false, true]) {
  const what = revocationEndsStreams ? "ends its streams" : "leaves its streams alone";
  test(`a revoked session ${what}, and new calls fail`, async (context) => {
    const { core, org, client, token, headers, open } = await connect(context, { revocationEndsStreams });
    core.ping("before");
    const stream = open();
    await stream.next();
    await fetch(`${org.url}/services/oauth2/revoke`, {
      method: "POST",
      body: new URLSearchParams({ token }),
    });
    if (revocationEndsStreams) {
      const ended = await stream.ended;
      assert.deepEqual([ended.code, codeOf(ended)], [status.UNAUTHENTICATED, "service.auth.error"]);
    } else {
      core.ping("after");
      assert.equal((await stream.next()).events.length, 1);
      stream.cancel();
      await stream.ended;
    }
    await assert.rejects(ask(client, client.getTopic, { topicName: fakeTopic }, headers), {
      code: status.UNAUTHENTICATED,
    });
  });
}

test("who may not see, read or create an event is refused, and others are not", async (context) => {
  const event = { id: "", schemaId: fakeSchemaId, payload: pingPayload("x") };
  const publish = { topicName: fakeTopic, events: [event] };
  const seen = async (right: "see" | "subscribe" | "publish", userId: string) => {
    const { core, client, headers, open } = await connect(context, {
      denied: [{ topic: fakeTopic, right, userId }],
    });
    core.ping("1");
    const stream = open();
    const subscribed = await stream.next().then(
      () => "yes",
      async () => codeOf(await stream.ended),
    );
    stream.cancel();
    const published = await ask(client, client.publish, publish, headers).then(
      () => "yes",
      (reason: unknown) => codeOf(reason as StatusObject),
    );
    const topic = await ask(client, client.getTopic, { topicName: fakeTopic }, headers).then(
      ({ canSubscribe, canPublish }) => [canSubscribe, canPublish].join(),
      (reason: unknown) => codeOf(reason as StatusObject),
    );
    const schema = await ask(client, client.getSchema, { schemaId: fakeSchemaId }, headers).then(
      () => "yes",
      (reason: unknown) => codeOf(reason as StatusObject),
    );
    return [subscribed, published, topic, schema];
  };
  const noMeta = "topic.meta.permission";
  assert.deepEqual(await seen("see", operatorId), [noMeta, noMeta, noMeta, "schema.meta.permission"]);
  assert.deepEqual(await seen("subscribe", operatorId), [
    "subscription.topic.cannot.subscribe",
    "yes",
    "false,true",
    "yes",
  ]);
  assert.deepEqual(await seen("publish", operatorId), ["yes", noMeta, "true,false", "yes"]);
  assert.deepEqual(await seen("see", "005000000000009AAA"), ["yes", "yes", "true,true", "yes"]);
});

test("streams end with OK at their greatest age when there is one", async (context) => {
  const { core, org, open } = await connect(context, { maxStreamAgeMs: 300_000, keepaliveMs: 900_000 });
  core.ping("1");
  const stream = open();
  await stream.next();
  org.clock.advance(300_000);
  assert.equal((await stream.ended).code, status.OK);
});

test("a short tenant id is refused when the knob says so", async (context) => {
  const { client, token } = await connect(context, { tenantId: "long" });
  const getTopic = (tenantid: string) =>
    ask(client, client.getTopic, { topicName: fakeTopic }, callHeaders(token, { tenantid }));
  await getTopic("00D000000000001EAA");
  await assert.rejects(getTopic("00D000000000001"), { code: status.UNAUTHENTICATED });
});

test("the trace id of a client is kept with its stream", async (context) => {
  const { core, org, token, open } = await connect(context, {});
  core.ping("1");
  const stream = open({}, callHeaders(token, { "x-client-trace-id": "trace-1" }));
  await stream.next();
  assert.equal(org.streams.list()[0]?.traceId, "trace-1");
  stream.cancel();
  await stream.ended;
});

test("a connection takes up to 1,000 streams at a time", async (context) => {
  const { core, org, open } = await connect(context, {});
  core.ping("1");
  const streams = Array.from({ length: 1_000 }, () => open({ numRequested: 2 }));
  await Promise.all(streams.map((stream) => stream.next()));
  const live = org.streams.list();
  assert.deepEqual([live.length, new Set(live.map(({ peer }) => peer)).size], [1_000, 1]);
  assert.equal(org.strike({ kind: "stream_end_ok" }, {}), 1_000);
  await Promise.all(streams.map((stream) => stream.ended));
});
