import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import avsc from "avsc";
import { payload, record, schemaId, schemaJson, setStage, topic } from "./stage.ts";

const event = { payload: record };

test("publishes with the topic's schema, and tells of each event what became of it", async (t) => {
  const { bus, client } = await setStage(t);
  const results = await client.publishBatch(topic, [
    { payload: record, id: "first" },
    { payload: record, id: "second" },
  ]);
  assert.deepEqual(results, [
    { kind: "published", id: "first", replayId: new Uint8Array([0]) },
    { kind: "refused", id: "second", message: "too large" },
  ]);
  assert.equal(bus.published[0]?.topicName, topic);
  const [sent] = bus.published[0]?.events ?? [];
  assert.deepEqual([sent?.id, sent?.schemaId, sent?.payload], ["first", schemaId, payload]);
});

test("says who publishes and when, unless the payload does", async (t) => {
  const { bus, client } = await setStage(t);
  const own = { CreatedById: "005000000000001AAA", Message__c: "hi" };
  assert.equal((await client.publish(topic, own)).kind, "published");
  const sent = avsc.Type.forSchema(JSON.parse(schemaJson) as avsc.Schema).fromBuffer(
    bus.published[0]?.events[0]?.payload ?? Buffer.alloc(0),
  ) as { readonly CreatedDate: number };
  assert.equal(sent.CreatedDate, 1_000_000);
  await assert.rejects(client.publish(topic, { Message__c: "hi" }), { code: "payload_invalid" });
});

test("gives each event an id of its own, by which it can be published again", async (t) => {
  const { bus, client } = await setStage(t);
  const results = await client.publishBatch(topic, [event, event, event]);
  const ids = bus.published[0]?.events.map(({ id }) => id) ?? [];
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(
    results.map(({ id }) => id),
    ids,
  );
  await assert.rejects(client.publish(topic, record, { id: "x".repeat(37) }), {
    message: `[payload_invalid] event ${"x".repeat(36)}: an event id has 1 to 36 characters, and this one 37.`,
  });
});

test("sends at most 200 events and 3 MB in one request", async (t) => {
  const { bus, client } = await setStage(t);
  const many = Array.from({ length: 450 }, () => event);
  assert.equal((await client.publishBatch(topic, many, { schemaId })).length, 450);
  const large = Array.from({ length: 5 }, () => ({
    payload: { ...record, Message__c: "x".repeat(900_000) },
  }));
  await client.publishBatch(topic, large, { schemaId });
  assert.deepEqual(
    bus.published.map((request) => request.events.length),
    [200, 200, 50, 3, 2],
  );
});

test("does not send an event above 1 MB, which would take others with it, and sends the others", async (t) => {
  const { bus, client } = await setStage(t);
  const huge = { payload: { ...record, Message__c: "x".repeat(1_100_000) } };
  const results = await client.publishBatch(topic, [huge, event], { schemaId });
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ["refused", "published"],
  );
  assert.equal(bus.published[0]?.events.length, 1);
});

test("sends nothing when one record does not fit", async (t) => {
  const { bus, client } = await setStage(t);
  const wrong = { payload: { Message__c: 7 } };
  await assert.rejects(client.publishBatch(topic, [event, wrong], { schemaId }), { code: "payload_invalid" });
  assert.equal(bus.published.length, 0);
  assert.deepEqual(await client.publishBatch(topic, []), []);
});

test("repeats a publish once when the token is refused, and no other failure", async (t) => {
  const { bus, client, auth } = await setStage(t);
  bus.publishFailures.push({ code: status.UNAUTHENTICATED });
  assert.equal((await client.publish(topic, record, { schemaId })).kind, "published");
  assert.equal(auth.signIns, 2);
  bus.publishFailures.push({ code: status.UNAVAILABLE, details: "upstream connect error" });
  const result = await client.publish(topic, record, { schemaId });
  assert.ok(result.kind === "failed" && result.mayBePublished);
  assert.equal(
    result.error.message,
    `[service_unavailable] ${topic}: Publish failed with UNAVAILABLE: upstream connect error.`,
  );
  assert.equal(bus.published.length, 1);
});

test("after a request that failed the rest is not sent, and said to be so", async (t) => {
  const { bus, client } = await setStage(t);
  const many = Array.from({ length: 250 }, () => event);
  bus.publishFailures.push({ code: status.RESOURCE_EXHAUSTED, errorCode: "service.protection.triggered" });
  const results = await client.publishBatch(topic, many, { schemaId });
  assert.equal(results.length, 250);
  assert.ok(results.every((result) => result.kind === "failed" && !result.mayBePublished));
  assert.equal(bus.published.length, 0);
});

test("asks for a topic and for a schema", async (t) => {
  const { client } = await setStage(t);
  assert.deepEqual(await client.getTopic(topic), { topic, canPublish: true, canSubscribe: false, schemaId });
  assert.deepEqual(await client.getSchema(schemaId), { schemaId, schemaJson });
  await assert.rejects(client.getSchema("other"), { code: "schema_unknown" });
});

test("needs a schema to publish to a channel of several kinds of events", async (t) => {
  const { bus, client } = await setStage(t);
  bus.schemas.clear();
  assert.equal((await client.getTopic(topic)).schemaId, null);
  await assert.rejects(client.publish(topic, record), {
    message: `[request_rejected] ${topic}: the topic carries several kinds of events: name the schema to publish with.`,
  });
});

test("a call whose signal aborts ends with the signal's reason", async (t) => {
  const { client } = await setStage(t);
  const reason = new Error("enough");
  await assert.rejects(client.getTopic(topic, AbortSignal.abort(reason)), reason);
});
