import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { DecodedEvent } from "../src/control/decode-events.ts";
import { openOrgCore } from "../src/open-org-core.ts";
import type { EventBus } from "../src/org-core.ts";
import { readNewestEvents } from "../src/pages/newest-events.ts";
import { TopicTally } from "../src/pages/topic-tally.ts";
import { metadataDirs, openTestOrg, operator, orderId, seedFiles, setStatus, topic } from "./core-harness.ts";
import { fetchToken } from "./server-harness.ts";
import { visit } from "./server-pages-visitor.ts";
import type { Visitor } from "./server-pages-visitor.ts";
import { callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

function visitProject(context: TestContext): Promise<Visitor> {
  return visit(context, (now) =>
    openOrgCore({
      metadataDirs,
      databaseFile: ":memory:",
      seedFiles: seedFiles("10-", "20-", "f01"),
      clock: now,
      random: () => 0.5,
    }),
  );
}

function orderIdOf({ payload }: DecodedEvent): unknown {
  return typeof payload === "object" && payload !== null && "Order_Id__c" in payload
    ? payload.Order_Id__c
    : undefined;
}

test("the monitor shows an event with its ids and its payload, escaped", async (context) => {
  const { core, read } = await visitProject(context);
  core.publish(operator, "OrderProvisionRequested__e", {
    Order_Id__c: "<img src=x>",
    Request_Key__c: "k-1",
    Approved_At__c: "2026-01-31T12:00:00.000Z",
  });
  const [event] = core.bus.read(topic, -1, 1);
  assert.ok(event);
  const page = await read("/events");
  const replayId = Buffer.from(event.replayId).toString("hex");
  for (const text of [event.eventId, event.schemaId, replayId, `#${event.position}`, "&lt;img src=x&gt;"]) {
    assert.ok(page.includes(text), text);
  }
  assert.ok(!page.includes("<img"));
  assert.match(page, /1769860800000<\/code\s*>\s*<span class="muted">2026-01-31 12:00:00 UTC/);
  assert.match(page, /1 kept, 1 in the last hour/);
  assert.match(await read("/events?topic=/event/Nothing__e"), /This topic has no events\./);
});

test("the monitor hears of a published event", async (context) => {
  const { core, get } = await visitProject(context);
  const live = await get("/live");
  const reader = (live.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let heard = (await reader.read()).value ?? "";
  setStatus(core, "Approved");
  const newest = Buffer.from(core.bus.latest().replayId).toString("hex");
  const wanted = [`event: event\ndata: ${newest}\n\n`, `\ndata: ${orderId}\n\n`];
  while (!wanted.every((message) => heard.includes(message))) heard += (await reader.read()).value ?? "";
  await reader.cancel();
});

test("a burst of changes is told in a few messages", async (context) => {
  const { core, get } = await visitProject(context);
  const live = await get("/live");
  const reader = (live.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let heard = (await reader.read()).value ?? "";
  for (let index = 0; index < 200; index += 1) {
    core.publish(operator, "OrderProvisionRequested__e", { Order_Id__c: "x", Request_Key__c: `k-${index}` });
  }
  const newest = Buffer.from(core.bus.latest().replayId).toString("hex");
  while (!heard.includes(newest)) heard += (await reader.read()).value ?? "";
  assert.equal(heard.match(/event: event/g)?.length, 2);
  await reader.cancel();
});

test("subscribers are listed with their credit, and one without is told apart", async (context) => {
  const { org, core, read } = await visitProject(context);
  assert.match(await read("/events"), /Nobody is connected\./);
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const token = await fetchToken(org.url);
  const stream = openStream(client, callHeaders(token, { "x-client-trace-id": "trace-<7>" }));
  stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 1 });
  core.publish(operator, "OrderProvisionRequested__e", { Order_Id__c: "x", Request_Key__c: "k" });
  await stream.next();
  const page = await read("/events");
  assert.match(page, /Olga Operator/);
  assert.ok(page.includes("trace-&lt;7&gt;"));
  assert.match(page, /<meter[^>]*value="0"\s+aria-label="Credit"/);
  assert.match(page, /No credit: nothing is delivered/);
  assert.match(page, /<strong>1 <span class="muted">of 25,000/);
  stream.cancel();
});

test("an event is published by the form, and a missing field is told", async (context) => {
  const { core, read, post } = await visitProject(context);
  assert.match(await read("/events/publish"), /Publish Order Provision Requested/);
  const path = "/events/publish?event=OrderProvisionRequested__e";
  const refused = await post(path, { "was.Order_Id__c": "", Order_Id__c: "abc" });
  assert.equal(refused.status, 400);
  const text = await refused.text();
  assert.match(text, /id="field-Request_Key__c"[^>]*aria-invalid="true"/);
  assert.ok(text.includes('value="abc"'));
  const sent = await post(path, {
    "was.Order_Id__c": "",
    Order_Id__c: "abc",
    "was.Request_Key__c": "",
    Request_Key__c: "k",
  });
  assert.equal(sent.headers.get("location"), "/events");
  assert.deepEqual(readNewestEvents(core.bus, [topic], 5).map(orderIdOf), ["abc"]);
});

test("an order page lists the events that name it", async (context) => {
  const { core, read } = await visitProject(context);
  assert.match(await read(`/orders/${orderId}`), /No event on the bus names this order yet/);
  setStatus(core, "Approved");
  core.publish(operator, "OrderProvisionRequested__e", { Order_Id__c: "other", Request_Key__c: "k" });
  const [mine, other] = core.bus.read(topic, -1, 2);
  const page = await read(`/orders/${orderId}`);
  assert.ok(mine && page.includes(mine.eventId));
  assert.ok(other && !page.includes(other.eventId));
});

test("the newest events are found without reading the whole topic", (t) => {
  const { core } = openTestOrg(t);
  for (let index = 0; index < 3_000; index += 1) {
    core.publish(operator, "OrderProvisionRequested__e", { Order_Id__c: String(index), Request_Key__c: "k" });
  }
  let rows = 0;
  const bus: EventBus = new Proxy(core.bus, {
    get(target, name) {
      if (name !== "read") return Reflect.get(target, name, target).bind(target);
      return (...args: Parameters<EventBus["read"]>) => {
        const found = target.read(...args);
        rows += found.length;
        return found;
      };
    },
  });
  const ids = readNewestEvents(bus, [topic], 10).map(orderIdOf);
  assert.deepEqual(ids, ["2999", "2998", "2997", "2996", "2995", "2994", "2993", "2992", "2991", "2990"]);
  assert.ok(rows < 100, `${rows} rows were read`);
});

test("the tally counts what is kept and what is of the last hour", (t) => {
  const { core, time } = openTestOrg(t);
  const tally = new TopicTally(core.bus, () => time.nowMs);
  const publish = () =>
    core.publish(operator, "OrderProvisionRequested__e", { Order_Id__c: "x", Request_Key__c: "k" });
  const counts = () => tally.counts().map(({ retained, lastHour }) => [retained, lastHour]);
  publish();
  assert.deepEqual(counts(), [[1, 1]]);
  time.nowMs += 2 * 3_600_000;
  publish();
  publish();
  assert.deepEqual(counts(), [[3, 2]]);
  time.nowMs += 71 * 3_600_000;
  assert.deepEqual(counts(), [[2, 0]]);
  core.bus.restart();
  assert.deepEqual(counts(), [[0, 0]]);
  publish();
  assert.deepEqual(counts(), [[1, 1]]);
});
