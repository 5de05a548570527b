import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { payload, record, schemaId, schemaJson, setStage, topic } from "./stage.ts";

test("publishes with the topic's schema, and tells of each event what became of it", async (t) => {
  const { bus, client } = await setStage(t);
  const results = await client.publish(topic, [record, record]);
  assert.deepEqual(results, [
    { kind: "published", id: "id-0", replayId: new Uint8Array([0]) },
    { kind: "refused", message: "PUBLISH: too large" },
  ]);
  assert.equal(bus.published[0]?.topicName, topic);
  assert.deepEqual(bus.published[0]?.events[0]?.payload, payload);
  assert.equal(bus.published[0]?.events[0]?.schemaId, schemaId);
});

test("sends at most 200 events and 3 MB in one request", async (t) => {
  const { bus, client } = await setStage(t);
  const many = Array.from({ length: 450 }, () => record);
  assert.equal((await client.publish(topic, many, schemaId)).length, 450);
  const large = Array.from({ length: 5 }, () => ({ ...record, Message__c: "x".repeat(900_000) }));
  await client.publish(topic, large, schemaId);
  assert.deepEqual(
    bus.published.map((request) => request.events.length),
    [200, 200, 50, 3, 2],
  );
});

test("sends nothing when one record does not fit", async (t) => {
  const { bus, client } = await setStage(t);
  await assert.rejects(client.publish(topic, [record, { Message__c: "hi" }], schemaId), {
    code: "payload_invalid",
  });
  assert.equal(bus.published.length, 0);
  assert.deepEqual(await client.publish(topic, []), []);
});

test("repeats a publish once when the token is refused, and no other failure", async (t) => {
  const { bus, client, auth } = await setStage(t);
  bus.publishFailures.push({ code: status.UNAUTHENTICATED });
  assert.equal((await client.publish(topic, [record], schemaId)).length, 1);
  assert.equal(auth.signIns, 2);
  bus.publishFailures.push({ code: status.UNAVAILABLE, details: "upstream connect error" });
  await assert.rejects(client.publish(topic, [record], schemaId), {
    message: `[service_unavailable] ${topic}: Publish failed with UNAVAILABLE: upstream connect error.`,
    retryable: true,
  });
  assert.equal(bus.published.length, 1);
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
  await assert.rejects(client.publish(topic, [record]), {
    message: `[request_rejected] ${topic}: the topic carries several kinds of events: name the schema to publish with.`,
  });
});

test("a call whose signal aborts ends with the signal's reason", async (t) => {
  const { client } = await setStage(t);
  const reason = new Error("enough");
  await assert.rejects(client.getTopic(topic, AbortSignal.abort(reason)), reason);
});
