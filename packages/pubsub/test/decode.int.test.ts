import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { consumed, nextBatch, payload, record, schemaId, schemaOf, setStage } from "./stage.ts";

const olderSchema = schemaOf("Order_Event__e", [
  { name: "Order_Number__c", type: "string" },
  { name: "City__c", type: "string" },
  { name: "Amount__c", type: "double" },
]);
const olderId = "_CADE3qaegX3ECEW0rlbYA";
const olderPayload = Buffer.from(
  "80a0abfef9622430303530303030303030303030303141414102064f2d3100020000000000002940",
  "hex",
);

test("decodes every event by its own schema, fetched once", async (t) => {
  const { bus, subscribe } = await setStage(t);
  bus.schemas.set(olderId, olderSchema);
  const items = subscribe();
  const pending = nextBatch(items);
  (await bus.calls.take()).send({
    events: [consumed(1, { schemaId: olderId, payload: olderPayload }), consumed(2), consumed(3)],
  });
  const { events } = await pending;
  assert.deepEqual(
    events.map((event) => (event.kind === "event" ? event.payload : event.kind)),
    [
      {
        CreatedDate: 1_700_000_000_000,
        CreatedById: "005000000000001AAA",
        Order_Number__c: "O-1",
        City__c: null,
        Amount__c: 12.5,
      },
      record,
      record,
    ],
  );
  assert.deepEqual(bus.schemaRequests, [olderId, schemaId]);
  assert.deepEqual(Buffer.from(events[1]?.raw ?? []), payload);
});

test("passes an event that fits no schema on as undecodable, with the ones around it intact", async (t) => {
  const { bus, subscribe, told } = await setStage(t);
  const broken = Buffer.from("ff00", "hex");
  const items = subscribe();
  const pending = nextBatch(items);
  (await bus.calls.take()).send({
    events: [
      consumed(1),
      consumed(2, { payload: broken }),
      consumed(3, { schemaId: "unknown" }),
      consumed(4, { schemaId: "" }),
      { event: null, replayId: Buffer.from([5]) },
      consumed(6, { payload: Buffer.concat([payload, payload]) }),
      consumed(7),
    ],
  });
  const { events, position } = await pending;
  assert.deepEqual(
    events.map((event) => (event.kind === "event" ? "event" : event.error.code)),
    [
      "event",
      "payload_undecodable",
      "schema_unknown",
      "schema_unknown",
      "schema_unknown",
      "payload_undecodable",
      "event",
    ],
  );
  assert.deepEqual(Buffer.from(events[1]?.raw ?? []), broken);
  assert.equal(events[1]?.id, "event-2");
  assert.equal(events[1]?.schemaId, schemaId);
  assert.equal(Buffer.from(position).toString("hex"), "00000000000000070000");
  assert.equal(told.filter((event) => event.name === "subscription:event:undecodable").length, 5);
});

test("waits for a schema that cannot be fetched now, and drops no event for it", async (t) => {
  const { bus, subscribe, timing } = await setStage(t);
  timing.randomValue = 0.4;
  bus.schemaFailures.push(
    { code: status.UNAVAILABLE },
    { code: status.INTERNAL, errorCode: "schema.api.unavailable" },
    { code: status.PERMISSION_DENIED, errorCode: "schema.meta.permission" },
  );
  const items = subscribe();
  const pending = nextBatch(items);
  (await bus.calls.take()).send({ events: [consumed(1)] });
  for (const expected of [200, 400, 10_500]) {
    const delayMs = await timing.sleeps.take();
    assert.equal(delayMs, expected);
    await timing.advance(delayMs);
  }
  assert.equal((await pending).events[0]?.kind, "event");
  assert.equal(bus.schemaRequests.length, 4);
});

test("takes a new token when the schema call is refused, and decodes", async (t) => {
  const { bus, subscribe, auth } = await setStage(t);
  bus.schemaFailures.push({ code: status.UNAUTHENTICATED, errorCode: "service.auth.error" });
  const items = subscribe();
  const pending = nextBatch(items);
  (await bus.calls.take()).send({ events: [consumed(1)] });
  assert.equal((await pending).events[0]?.kind, "event");
  assert.equal(auth.signIns, 2);
});

test("fetches a schema once when two subscriptions need it at the same time", async (t) => {
  const { bus, subscribe } = await setStage(t);
  const first = nextBatch(subscribe());
  const second = nextBatch(subscribe());
  for (const call of [await bus.calls.take(), await bus.calls.take()]) call.send({ events: [consumed(1)] });
  await Promise.all([first, second]);
  assert.deepEqual(bus.schemaRequests, [schemaId]);
});
