import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventEncoder } from "../src/avro/encode-event.ts";
import { buildEventSchema } from "../src/avro/event-schema.ts";
import { retentionMs } from "../src/bus/sqlite-event-bus.ts";
import { currency, dateTime, flag, number, text } from "../src/records/standard-objects/define-field.ts";
import type { FieldDefinition, ObjectDefinition } from "../src/org-core.ts";
import { openTestOrg, operator, publishedEvents, topic } from "./core-harness.ts";

function event(name: string, fields: readonly FieldDefinition[]): ObjectDefinition {
  return {
    name,
    label: name,
    keyPrefix: null,
    kind: "event",
    fields: new Map(fields.map((field) => [field.name, field])),
  };
}

const testEvent = event("Test_Event__e", [text("Message__c", 255)]);
const orderEvent = event("Order_Event__e", [
  text("Order_Number__c", 30),
  text("City__c", 40),
  number("Amount__c", 18, 2),
]);

test("schema ids are those that real orgs gave the same events", () => {
  assert.equal(buildEventSchema(testEvent).schemaId, "6L0yfG1TjHj3IeYaje5uZQ");
  const second = event("CM_Test_Event_Two__e", [text("Message__c", 255)]);
  assert.equal(buildEventSchema(second).schemaId, "K98aAtiNFBjA-PJlcvaQ2g");
  assert.equal(buildEventSchema(orderEvent).schemaId, "_CADE3qaegX3ECEW0rlbYA");
});

test("payloads are bare Avro, byte for byte", () => {
  const encode = (
    definition: ObjectDefinition,
    values: Parameters<ReturnType<typeof createEventEncoder>>[0],
  ) => {
    const encoder = createEventEncoder(definition, buildEventSchema(definition).json);
    return Buffer.from(encoder(values, 1_700_000_000_000, "005000000000001AAA")).toString("hex");
  };
  assert.equal(
    encode(testEvent, { Message__c: "hi" }),
    "80a0abfef9622430303530303030303030303030303141414102046869",
  );
  assert.equal(
    encode(orderEvent, { Order_Number__c: "O-1", Amount__c: 12.5 }),
    "80a0abfef9622430303530303030303030303030303141414102064f2d3100020000000000002940",
  );
});

test("the schema states every field as a union with null, times as long and numbers as double", () => {
  const definition = event("All__e", [text("T__c", 5), dateTime("D__c"), flag("F__c"), number("N__c", 4, 0)]);
  const { fields } = JSON.parse(buildEventSchema(definition).json) as {
    readonly fields: readonly { readonly name: string; readonly type: unknown; readonly doc: string }[];
  };
  assert.deepEqual(
    fields.map(({ name, type, doc }) => [name, type, doc.replace(/:00N\w{15}$/, ":00N")]),
    [
      ["CreatedDate", "long", "CreatedDate:DateTime"],
      ["CreatedById", "string", "CreatedBy:EntityId"],
      ["T__c", ["null", "string"], "Data:Text:00N"],
      ["D__c", ["null", "long"], "Data:DateTime:00N"],
      ["F__c", ["null", "boolean"], "Data:Boolean:00N"],
      ["N__c", ["null", "double"], "Data:Double:00N"],
    ],
  );
  assert.throws(() => buildEventSchema(event("Bad__e", [currency("C__c")])), TypeError);
});

const payload = new Uint8Array([1, 2, 3]);

test("events keep their order, get opaque ids with gaps, and are read after a position", (t) => {
  const { core } = openTestOrg(t);
  const schemaId = core.bus.topic(topic)?.schemaId ?? "";
  const before = core.bus.latest();
  const appended = core.bus.append(topic, [
    { id: null, schemaId, payload },
    { id: "my-own-id", schemaId, payload },
    { id: null, schemaId, payload },
  ]);
  const [first, second, third] = appended;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  assert.ok(first.position > before.position);
  assert.ok(second.position > first.position + 1, "ids are not contiguous");
  assert.equal(second.eventId, "my-own-id");
  assert.match(first.eventId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(first.replayId.length, 10);
  assert.deepEqual(first.replayId.slice(8), new Uint8Array(2));
  assert.equal(Buffer.from(first.replayId).readBigUInt64BE(), BigInt(first.position));
  assert.deepEqual(core.bus.read(topic, first.position, 1), [second]);
  assert.deepEqual(core.bus.read(topic, first.position, 10), [second, third]);
  assert.deepEqual(core.bus.latest(), { position: third.position, replayId: third.replayId });
  assert.deepEqual(core.bus.resolve(topic, second.replayId), { kind: "at", position: second.position });
});

test("ids that this bus never gave out are corrupted", (t) => {
  const { core } = openTestOrg(t);
  const { replayId } = core.bus.latest();
  assert.deepEqual(core.bus.resolve(topic, replayId), { kind: "at", position: core.bus.latest().position });
  const ahead = Buffer.from(replayId);
  ahead.writeBigUInt64BE(ahead.readBigUInt64BE() + 1n);
  const dirty = Buffer.from(replayId);
  dirty.writeUInt8(1, 9);
  for (const bytes of [
    ahead,
    dirty,
    Buffer.alloc(10),
    replayId.slice(0, 9),
    new Uint8Array(),
    Buffer.from("37771"),
  ]) {
    assert.deepEqual(core.bus.resolve(topic, bytes), { kind: "corrupted" }, bytes.toString());
  }
});

test("events are kept for 72 hours; then their ids are corrupted, and keepalives tell a newer position", (t) => {
  const { core, time } = openTestOrg(t);
  const schemaId = core.bus.topic(topic)?.schemaId ?? "";
  const [old] = core.bus.append(topic, [{ id: null, schemaId, payload }]);
  assert.ok(old !== undefined);
  time.nowMs += retentionMs;
  assert.equal(core.bus.read(topic, -1, 10).length, 1, "exactly 72 hours old is still there");
  time.nowMs += 1;
  assert.deepEqual(core.bus.read(topic, -1, 10), []);
  assert.deepEqual(core.bus.resolve(topic, old.replayId), { kind: "corrupted" });
  const latest = core.bus.latest();
  assert.ok(latest.position > old.position);
  assert.deepEqual(core.bus.resolve(topic, latest.replayId), { kind: "at", position: latest.position });
});

test("listeners hear of an append after it is readable, until they stop", (t) => {
  const { core } = openTestOrg(t);
  const schemaId = core.bus.topic(topic)?.schemaId ?? "";
  const seen: number[] = [];
  const stop = core.bus.onAppend(() => seen.push(core.bus.read(topic, -1, 10).length));
  core.bus.append(topic, [{ id: null, schemaId, payload }]);
  core.bus.append(topic, []);
  stop();
  core.bus.append(topic, [{ id: null, schemaId, payload }]);
  assert.deepEqual(seen, [1]);
});

test("publishing directly enforces required fields and returns the event's id", (t) => {
  const { core } = openTestOrg(t);
  const name = "OrderProvisionRequested__e";
  assert.throws(
    () => core.publish(operator, name, { Order_Id__c: "801Hs0000000001IAA", Request_Key__c: "" }),
    {
      code: "REQUIRED_FIELD_MISSING",
      fields: ["Request_Key__c"],
    },
  );
  assert.throws(() => core.publish(operator, name, { Order_Id__c: "x".repeat(19), Request_Key__c: "k" }), {
    code: "STRING_TOO_LONG",
    fields: ["Order_Id__c"],
  });
  assert.throws(() => core.publish(operator, name, { Order__c: "x" }), { code: "INVALID_FIELD" });
  assert.throws(() => core.publish(operator, "Other__e", {}), { code: "INVALID_TYPE" });
  assert.deepEqual(publishedEvents(core), []);
  const id = core.publish(operator, name, {
    Order_Id__c: "801Hs0000000001IAA",
    Request_Key__c: "k",
    Order_Number__c: "",
  });
  assert.equal(core.bus.read(topic, -1, 10)[0]?.eventId, id);
  const [published] = publishedEvents(core);
  assert.equal(published?.["Order_Number__c"], "", "events keep empty text");
  assert.equal(published?.["Total_Amount__c"], null);
});
