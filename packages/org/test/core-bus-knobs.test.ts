import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import { openTestOrg, operator, tempDir, topic } from "./core-harness.ts";
import type { TestOrg } from "./core-harness.ts";

const payload = new Uint8Array([1, 2, 3]);

function open(
  context: TestContext,
  pubsub: Partial<PubSubKnobs> = {},
): TestOrg & { readonly append: (count?: number) => readonly Uint8Array[] } {
  const org = openTestOrg(context, { pubsub });
  const schemaId = org.core.bus.topic(topic)?.schemaId ?? "";
  return {
    ...org,
    append: (count = 1) =>
      org.core.bus
        .append(
          topic,
          Array.from({ length: count }, () => ({ id: null, schemaId, payload })),
        )
        .map(({ replayId }) => replayId),
  };
}

function plus(replayId: Uint8Array, count: bigint): Uint8Array {
  const bytes = Buffer.from(replayId);
  bytes.writeBigUInt64BE(bytes.readBigUInt64BE() + count);
  return bytes;
}

test("the first 8 bytes of an id do as well, unless the knob is strict", (context) => {
  for (const acceptsShortReplayIds of [true, false]) {
    const { core, append } = open(context, { acceptsShortReplayIds });
    const [id = payload] = append();
    const { kind } = core.bus.resolve(topic, id.slice(0, 8));
    assert.equal(kind, acceptsShortReplayIds ? "at" : "corrupted");
    assert.equal(core.bus.resolve(topic, id).kind, "at");
  }
});

test("ids of 8 bytes, as in 2022, are given out when the knob says so, and ids with other last bytes", (context) => {
  const old = open(context, { replayIdBytes: 8 });
  const [short = payload] = old.append();
  assert.equal(short.length, 8);
  assert.equal(old.core.bus.resolve(topic, short).kind, "at");
  assert.equal(old.core.bus.resolve(topic, new Uint8Array([...short, 0, 0])).kind, "corrupted");
  const other = open(context, { replayIdTail: 258 });
  const [tailed = payload] = other.append();
  assert.deepEqual(tailed.slice(8), new Uint8Array([1, 2]));
  assert.equal(other.core.bus.resolve(topic, tailed).kind, "at");
});

test("an id between known ones that nobody was given is corrupted, unless the knob takes it", (context) => {
  for (const acceptsUnissuedReplayIds of [false, true]) {
    const { core, append } = open(context, { acceptsUnissuedReplayIds });
    const [first = payload] = append(3);
    const { kind } = core.bus.resolve(topic, plus(first, 1n));
    assert.equal(kind, acceptsUnissuedReplayIds ? "at" : "corrupted");
    assert.equal(core.bus.resolve(topic, first).kind, "at");
  }
});

test("ids move on by themselves in quiet times; each is good from then on, and others are not", (context) => {
  const { core, time, append } = open(context);
  append();
  const ids = [core.bus.latest().replayId];
  for (let step = 0; step < 3; step += 1) {
    time.nowMs += 20_000;
    ids.push(core.bus.latest().replayId);
  }
  assert.equal(new Set(ids.map((id) => Buffer.from(id).toString("hex"))).size, 4);
  const [next = payload] = append();
  assert.ok(Buffer.compare(next, ids.at(-1) ?? payload) > 0);
  for (const id of ids) assert.equal(core.bus.resolve(topic, id).kind, "at");
  assert.equal(core.bus.resolve(topic, plus(ids[1] ?? payload, 1n)).kind, "corrupted");
  // It was never shown: the next event came before its time.
  assert.equal(core.bus.resolve(topic, plus(ids.at(-1) ?? payload, 4n)).kind, "corrupted");
});

test("an id of a quiet time expires 72 hours after it came up", (context) => {
  const { core, time, append } = open(context);
  append();
  time.nowMs += 3_600_000;
  const { replayId } = core.bus.latest();
  time.nowMs += 72 * 3_600_000;
  assert.equal(core.bus.resolve(topic, replayId).kind, "at");
  time.nowMs += 1;
  assert.equal(core.bus.resolve(topic, replayId).kind, "corrupted");
});

test("the retention is a knob", (context) => {
  const { core, time, append } = open(context, { retentionMs: 1_000 });
  append();
  time.nowMs += 1_001;
  assert.deepEqual(core.bus.read(topic, -1, 10), []);
});

test("a bus that begins anew has no events, knows no old id, and may count from anywhere", (context) => {
  const { core, append } = open(context);
  const [old = payload] = append();
  const { epoch } = core.bus;
  core.bus.restart(5_000);
  assert.notEqual(core.bus.epoch, epoch);
  assert.deepEqual(core.bus.read(topic, -1, 10), []);
  assert.equal(core.bus.resolve(topic, old).kind, "corrupted");
  const [fresh = payload] = append();
  assert.equal(Buffer.from(fresh).readBigUInt64BE(), 5_005n);
});

test("what was published and delivered is counted on through a restart, and a save that failed is not", (context) => {
  const databaseFile = join(tempDir(context), "org.db");
  const pubsub = { allocations: { publishPerHour: 10, deliverPerDay: 20 } };
  const first = openTestOrg(context, { databaseFile, pubsub });
  const values = { Order_Id__c: "801Hs0000000001IAA", Request_Key__c: "k" };
  first.core.publish(operator, "OrderProvisionRequested__e", values);
  first.core.allocations.deliveries.add(7);
  first.core.close();
  const second = openTestOrg(context, { databaseFile, pubsub });
  const { publishes, deliveries } = second.core.allocations;
  assert.deepEqual([publishes.remaining(), deliveries.remaining()], [9, 13]);
  assert.throws(() =>
    second.core.bus.append(topic, [
      { id: null, schemaId: "x", payload: Reflect.get({}, "missing") as Uint8Array },
    ]),
  );
  assert.equal(publishes.remaining(), 9);
  second.time.nowMs += 3_660_000;
  assert.deepEqual([publishes.remaining(), deliveries.remaining()], [10, 13]);
});

test("the edition says what may be published and delivered", (context) => {
  for (const [edition, published, delivered] of [
    ["developer", 50_000, 10_000],
    ["enterprise", 250_000, 25_000],
    ["unlimited", 250_000, 50_000],
  ] as const) {
    const { publishes, deliveries } = open(context, { edition }).core.allocations;
    assert.deepEqual([publishes.max, deliveries.max], [published, delivered]);
  }
});
