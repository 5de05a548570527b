import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { StatusObject } from "@grpc/grpc-js";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import type { PublishRequest } from "../src/pubsub-server/wire-types.ts";
import { getOrder, operator, orderId, setStatus, startMs, topic } from "./core-harness.ts";
import { fakeCore, fakeSchemaId, fakeTopic, operatorId, pingPayload } from "./server-fake-core.ts";
import { fetchToken, serve } from "./server-harness.ts";
import { ask, callHeaders, followStream, openRawClient } from "./server-pubsub-client.ts";
import { openStage } from "../src/org-stage.ts";
import { serveProjectOrg } from "./project-org.ts";

async function connect(context: TestContext, pubsub: Partial<PubSubKnobs> = {}) {
  const core = fakeCore({ User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true }] });
  const org = await serve(context, core, { pubsub, stage: openStage({ nowMs: startMs, rate: 0 }) });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const headers = callHeaders(await fetchToken(org.url));
  const open = (request: Partial<PublishRequest>) => {
    const stream = followStream(client.publishStream(headers));
    stream.request(request);
    return stream;
  };
  return { core, org, client, headers, open };
}

function codeOf(ended: StatusObject): string {
  return String(ended.metadata.get("error-code")[0] ?? "none").replace("sfdc.platform.eventbus.grpc.", "");
}

const event = (text: string) => ({ id: text, schemaId: fakeSchemaId, payload: pingPayload(text) });

test("a PublishStream answers each request in order, and later ones may leave out the topic", async (context) => {
  const { core, open } = await connect(context);
  const stream = open({ topicName: fakeTopic, events: [event("a"), event("b")] });
  stream.request({ events: [event("c"), { ...event("d"), schemaId: "x" }] });
  const first = await stream.next();
  const second = await stream.next();
  assert.deepEqual(
    [first, second].map(({ results }) => results.map(({ correlationKey }) => correlationKey)),
    [
      ["a", "b"],
      ["c", "d"],
    ],
  );
  assert.equal(first.rpcId, second.rpcId);
  assert.deepEqual(
    core.bus.read(fakeTopic, -1, 10).map(({ eventId }) => eventId),
    ["a", "b", "c"],
  );
  stream.halfClose();
  assert.equal((await stream.ended).code, status.OK);
});

type Refusal = readonly [name: string, requests: readonly Partial<PublishRequest>[], code: string];
const one = { topicName: fakeTopic, events: [event("x")] };
const refusals: readonly Refusal[] = [
  ["no topic", [{ events: [event("x")] }], "publish.topic.validation.empty"],
  ["an unknown topic", [{ topicName: "/event/Other__e", events: [event("x")] }], "topic.not.found"],
  ["no events", [{ topicName: fakeTopic }], "publish.event.count.invalid"],
  ["an auth refresh at first", [{ ...one, authRefresh: "x" }], "publish.auth.refresh.invalid"],
  ["another topic later", [one, { ...one, topicName: "/event/Other__e" }], "publish.topic.mismatch"],
  ["no events later", [one, { topicName: fakeTopic }], "publish.event.count.invalid"],
];

for (const [name, requests, code] of refusals) {
  test(`a PublishStream with ${name} ends with ${code}`, async (context) => {
    const { open } = await connect(context);
    const [first = {}, ...later] = requests;
    const stream = open(first);
    for (const request of later) {
      await stream.next();
      stream.request(request);
    }
    const ended = await stream.ended;
    assert.equal(codeOf(ended), code);
    assert.deepEqual(ended.metadata.get("type"), ["PublishStream"]);
  });
}

test("an idle PublishStream is swept after 70 seconds, counted from the last publish", async (context) => {
  const { org, open } = await connect(context);
  const stream = open(one);
  await stream.next();
  org.clock.advance(69_999);
  stream.request(one);
  await stream.next();
  org.clock.advance(69_999);
  assert.equal(org.streams.list().length, 1);
  org.clock.advance(1);
  assert.equal(codeOf(await stream.ended), "publish.stream.sweeper.timeout");
});

test("a publish request of more than 4 MB meets the proxy: UNAVAILABLE, without trailers, nothing published", async (context) => {
  const { core, client, headers, open } = await connect(context);
  const big = { topicName: fakeTopic, events: [{ ...event("big"), payload: Buffer.alloc(4 * 1024 * 1024) }] };
  await assert.rejects(ask(client, client.publish, big, headers), (reason) => {
    assert.ok(reason instanceof Error && "code" in reason);
    assert.equal(reason.code, status.UNAVAILABLE);
    return true;
  });
  const ended = await open(big).ended;
  assert.deepEqual([ended.code, codeOf(ended)], [status.UNAVAILABLE, "none"]);
  assert.deepEqual(core.bus.read(fakeTopic, -1, 10), []);
});

test("an event of more than 1 MB fails alone, and more than 200 events are taken", async (context) => {
  const { core, org, client, headers } = await connect(context);
  const events = [
    { ...event("big"), payload: Buffer.alloc(1_000_001) },
    ...Array.from({ length: 250 }, (_unused, index) => event(`n${index}`)),
  ];
  const { results } = await ask(client, client.publish, { topicName: fakeTopic, events }, headers);
  const shown = results as readonly { readonly error: { readonly msg: string } | null }[];
  assert.equal(shown[0]?.error?.msg, "the event is larger than 1 MB");
  assert.ok(shown.slice(1).every(({ error }) => error === null));
  assert.equal(core.bus.read(fakeTopic, -1, 1_000).length, 250);
  const refused = org.log.read({ kinds: ["event:refused"] });
  assert.deepEqual(
    refused.map(({ detail }) => [detail["topic"], detail["reason"]]),
    [[fakeTopic, "the event is larger than 1 MB"]],
  );
});

test("too many publish calls are refused when the knob says so", async (context) => {
  const { org, client, headers } = await connect(context, { maxPublishCallsPerMinute: 2 });
  const publish = () => ask(client, client.publish, one, headers);
  await publish();
  await publish();
  await assert.rejects(publish(), { code: status.RESOURCE_EXHAUSTED });
  org.clock.advance(60_000);
  await publish();
});

test("a used-up publish allocation refuses events one by one, over REST, and in flows, until the hour has passed", async (context) => {
  const org = await serveProjectOrg(context, {
    pubsub: { allocations: { publishPerHour: 2 } },
    time: { nowMs: startMs, rate: 0 },
  });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const token = await fetchToken(org.url);
  const headers = callHeaders(token, { tenantid: org.orgId });
  const values = { Order_Id__c: orderId, Request_Key__c: "key" };
  org.core.publish(operator, "OrderProvisionRequested__e", values);
  const [published] = org.core.bus.read(topic, -1, 1);
  assert.ok(published !== undefined);
  const { schemaId, payload } = published;
  const again = { id: "", schemaId, payload };
  const { results } = await ask(
    client,
    client.publish,
    { topicName: topic, events: [again, again] },
    headers,
  );
  const shown = results as readonly { readonly error: { readonly msg: string } | null }[];
  assert.deepEqual(
    shown.map(({ error }) => error?.msg.split(":")[0] ?? null),
    [null, "LIMIT_EXCEEDED"],
  );

  const post = () =>
    fetch(`${org.url}/services/data/v67.0/sobjects/OrderProvisionRequested__e`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(values),
    });
  const refused = await post();
  assert.equal(refused.status, 400);
  const [body] = (await refused.json()) as readonly { readonly errorCode: string }[];
  assert.equal(body?.errorCode, "LIMIT_EXCEEDED");

  // The flow's fault path refuses the approval, so that no order is approved without its event.
  const before = getOrder(org.core);
  assert.throws(() => {
    setStatus(org.core, "Approved");
  });
  assert.deepEqual(getOrder(org.core), before);

  const limits = await fetch(`${org.url}/services/data/v67.0/limits`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { HourlyPublishedPlatformEvents } = (await limits.json()) as Record<string, unknown>;
  assert.deepEqual(HourlyPublishedPlatformEvents, { Max: 2, Remaining: 0 });
  org.clock.advance(3_660_000);
  assert.equal((await post()).status, 201);
  setStatus(org.core, "Approved");
});
