import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { ReceivedEvent } from "../../src/index.ts";
import { createPayloadCodec } from "../../src/schema/payload-codec.ts";
import { openEmulatedOrg, topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { checkbox, copyMetadata, publishTo, text } from "./metadata-copy.ts";
import type { MetadataCopy } from "./metadata-copy.ts";
import { Listener, Reading, idsOf } from "./reading.ts";

const station = "/event/Station__chn";
const alarms = "/event/Alarm__e";

let emulated: EmulatedOrg;
let metadata: MetadataCopy;
before(async () => {
  metadata = await copyMetadata();
  emulated = await openEmulatedOrg({ metadataDirs: [metadata.dir] });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
  await metadata[Symbol.asyncDispose]();
});
afterEach(() => {
  emulated.org.faults.disarmAll();
});

const ofSchemas = { match: { rpc: "GetSchema" } } as const;
const once = (times: number) => ({ kind: "times", times }) as const;

function payloadOf(event: ReceivedEvent | undefined): Record<string, unknown> {
  assert.ok(event?.kind === "event");
  return event.payload;
}

test("an event whose schema is known waits behind one whose schema is slow to come", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated, { topic: station });
  emulated.publish(["order-1"]);
  await reading.untilEvents(1);
  org.faults.arm({ kind: "rpc_slow", schedule: once(1), ...ofSchemas, options: { delayMs: 9_000 } });
  publishTo(org, alarms, "order-2", { Message__c: "slow" });
  emulated.publish(["order-3"]);
  publishTo(org, alarms, "order-4", { Message__c: "as slow" });
  emulated.publish(["order-5"]);
  const received = (): number =>
    reading.listener.all("subscription:events:received").reduce((sum, { count }) => sum + count, 0);
  await reading.until(() => received() === 5, "all that was sent");
  assert.deepEqual(reading.ids, ["order-1"], "none has overtaken");
  await reading.untilEvents(5, 100);
  assert.deepEqual(reading.ids, idsOf("order", 1, 5));
  await reading.stop();
});

test("a keepalive's position does not overtake an event whose schema is slow to come", async () => {
  const { org } = emulated;
  org.faults.arm({ kind: "rpc_unavailable", schedule: once(6), ...ofSchemas, options: {} });
  const reading = new Reading(emulated);
  emulated.publish(["slow-keepalive"]);
  await reading.untilTold("schema:fetch:delayed");
  await reading.untilTold("subscription:keepalive:received", 1, 50);
  if (reading.events.length === 0) assert.equal(reading.position, undefined);
  await reading.untilEvents(1, 50);
  const [first] = reading.items;
  assert.ok(first?.kind === "batch" && first.events[0]?.id === "slow-keepalive");
  await reading.stop();
});

test("a schema that cannot be fetched at first costs no credit: hundreds of events follow", async () => {
  const { org } = emulated;
  org.faults.arm({ kind: "rpc_unavailable", schedule: once(2), ...ofSchemas, options: {} });
  org.faults.arm({
    kind: "rpc_failed",
    schedule: once(1),
    ...ofSchemas,
    options: { code: "schema.api.unavailable" },
  });
  const reading = new Reading(emulated);
  emulated.publish(idsOf("count", 1, 350));
  await reading.untilEvents(350, 20);
  assert.deepEqual(reading.ids, idsOf("count", 1, 350));
  assert.equal(reading.listener.all("schema:fetch:delayed").length, 3);
  assert.deepEqual(reading.listener.all("subscription:event:undecodable"), []);
  await reading.stop();
});

test("a burst on two subscriptions fetches its schema once", async () => {
  const { org } = emulated;
  const slow = { kind: "rpc_slow", schedule: once(50), ...ofSchemas, options: { delayMs: 200 } } as const;
  const { id } = org.faults.arm(slow);
  const reading = new Reading(emulated);
  const other = new Reading(emulated, { client: reading.client });
  emulated.publish(idsOf("burst", 1, 1_000));
  await Promise.all([reading.untilEvents(1_000, 10), other.untilEvents(1_000, 10)]);
  assert.equal(org.faults.list().find((fault) => fault.id === id)?.hits, 1);
  await Promise.all([reading.stop(), other.stop()]);
});

test("a token that the schema call refuses is replaced, and the events come", async () => {
  const reading = new Reading(emulated);
  emulated.org.faults.arm({
    kind: "rpc_failed",
    schedule: once(1),
    ...ofSchemas,
    options: { code: "service.auth.error" },
  });
  emulated.publish(["schema-token"]);
  await reading.untilEvents(1);
  assert.equal(reading.listener.all("session:token:renewed").length, 1);
  await reading.stop();
});

test("fields that are added, removed and retyped under a running subscription come as they are, and are told", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated, { topic: alarms });
  publishTo(org, alarms, "fields-1", { Message__c: "before", RaisedAt__c: 1_700_000_000_000 });
  await reading.untilEvents(1);
  await metadata.putField("Alarm__e", "Place__c", text);
  org.core.reload();
  publishTo(org, alarms, "fields-2", { Message__c: "added", Place__c: "roof" });
  await metadata.dropField("Alarm__e", "RaisedAt__c");
  await metadata.putField("Alarm__e", "Place__c", checkbox);
  org.core.reload();
  publishTo(org, alarms, "fields-3", { Message__c: "retyped", Place__c: true });
  await reading.untilEvents(3);
  assert.deepEqual(reading.ids, idsOf("fields", 1, 3));
  assert.equal(payloadOf(reading.events[0])["RaisedAt__c"], 1_700_000_000_000);
  assert.equal(payloadOf(reading.events[1])["Place__c"], "roof");
  assert.equal(payloadOf(reading.events[2])["Place__c"], true);
  assert.equal("RaisedAt__c" in payloadOf(reading.events[2]), false);
  assert.deepEqual(
    reading.listener.all("schema:drift:found").map(({ drift }) => [drift.severity, drift.changes.length]),
    [
      ["additive", 1],
      ["breaking", 2],
    ],
  );
  await reading.stop();
});

test("bytes that fit no schema come as a value with their bytes, and the stream and its position go on", async () => {
  const { org } = emulated;
  const { schemaId = "" } = org.core.bus.topic(topic) ?? {};
  const reading = new Reading(emulated);
  emulated.publish(["bad-1"]);
  org.core.bus.append(topic, [
    { id: "bad-2", schemaId, payload: Buffer.from([0x02, 0x7f]) },
    { id: "bad-3", schemaId: "AAAAAAAAAAAAAAAAAAAAAA", payload: Buffer.from("whatever") },
  ]);
  emulated.publish(["bad-4"]);
  await reading.untilEvents(4);
  assert.deepEqual(reading.ids, idsOf("bad", 1, 4));
  const [, misfit, foreign] = reading.events;
  assert.ok(misfit?.kind === "undecodable" && foreign?.kind === "undecodable");
  assert.deepEqual([...misfit.raw], [0x02, 0x7f]);
  assert.equal(misfit.error.code, "payload_undecodable");
  assert.equal(foreign.schemaId, "AAAAAAAAAAAAAAAAAAAAAA");
  assert.equal(foreign.error.code, "schema_unknown");
  assert.equal(reading.listener.all("subscription:event:undecodable").length, 2);
  assert.equal(reading.listener.all("subscription:stream:ended").length, 0, "no reconnecting in a loop");
  org.strike({ kind: "stream_rst" }, {});
  emulated.publish(["bad-5"]);
  await reading.untilEvents(5, 50);
  assert.deepEqual(reading.ids, idsOf("bad", 1, 5));
  await reading.stop();
});

test("nulls, empty texts, doubles and ids that are no UUIDs come as they are", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  const values = [
    { Sensor__c: null, Value__c: null },
    { Sensor__c: "", Value__c: 1 },
    { Sensor__c: "é".repeat(40), Value__c: -0.1 },
    { Sensor__c: "x", Value__c: 1e300 },
  ];
  for (const [index, value] of values.entries()) publishTo(org, topic, `order #${index} of 005`, value);
  await reading.untilEvents(4);
  assert.deepEqual(
    reading.events.map((event) => {
      const { Sensor__c, Value__c } = payloadOf(event);
      return { Sensor__c, Value__c };
    }),
    values,
  );
  assert.equal(reading.ids[0], "order #0 of 005");
  await reading.stop();
});

test("a 64-bit number beyond 2^53 arrives exactly, and with texts for longs an event can be logged as JSON", async () => {
  const listener = new Listener();
  const client = emulated.open({ decode: { longs: "string" }, onEvent: listener.onEvent });
  const exact = new Reading(emulated);
  const loggable = new Reading(emulated, { client });
  const { bus } = emulated.org.core;
  const { schemaId = "" } = bus.topic(topic) ?? {};
  const codec = createPayloadCodec(schemaId, bus.schemaJson(schemaId) ?? "");
  const values = { CreatedDate: 9_223_372_036_854_775_807n, CreatedById: "005", Sensor__c: "max" };
  bus.append(topic, [{ id: "long-1", schemaId, payload: codec.encode(values) }]);
  await Promise.all([exact.untilEvents(1), loggable.untilEvents(1)]);
  assert.equal(payloadOf(exact.events[0])["CreatedDate"], 9_223_372_036_854_775_807n);
  const logged = JSON.parse(JSON.stringify(loggable.events[0])) as { readonly payload: object };
  assert.deepEqual(logged.payload, {
    CreatedDate: "9223372036854775807",
    CreatedById: "005",
    Sensor__c: "max",
    Value__c: null,
  });
  await Promise.all([exact.stop(), loggable.stop()]);
});
