import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openEmulatedOrg, topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { Reading, idsOf, untilIdle } from "./reading.ts";

type Strike = Parameters<EmulatedOrg["org"]["strike"]>[0];

let emulated: EmulatedOrg;
before(async () => {
  emulated = await openEmulatedOrg({
    pubsub: { statuses: { "topic.api.unavailable": 2, "schema.api.unavailable": 13 } },
  });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
});

const failed = (code: Extract<Strike, { readonly kind: "stream_failed" }>["options"]["code"]): Strike => ({
  kind: "stream_failed",
  options: { code },
});

const ends: readonly (readonly [string, Strike])[] = [
  ["status OK", { kind: "stream_end_ok" }],
  ["status UNKNOWN", failed("topic.api.unavailable")],
  ["status DEADLINE_EXCEEDED", failed("publish.stream.sweeper.timeout")],
  ["status RESOURCE_EXHAUSTED", failed("service.protection.triggered")],
  ["status INTERNAL and service.unavailable", failed("service.unavailable")],
  ["status UNAUTHENTICATED", failed("service.auth.error")],
  ["a position that went backwards", failed("subscription.fetch.replay.repeated")],
  ["UNAVAILABLE of a proxy, without trailers", { kind: "stream_unavailable" }],
  ["RST_STREAM", { kind: "stream_rst" }],
  ["GOAWAY", { kind: "stream_goaway" }],
  ["a cut TCP connection", { kind: "tcp_cut" }],
];

for (const [name, fault] of ends) {
  test(`after ${name} every event comes once and in order, those of the gap too`, async () => {
    const { org } = emulated;
    const reading = new Reading(emulated);
    emulated.publish(idsOf(name, 1, 3));
    await reading.untilEvents(3);
    assert.equal(org.strike(fault, {}), 1);
    emulated.publish(idsOf(name, 4, 2));
    await reading.untilEvents(5, 100);
    emulated.publish(idsOf(name, 6, 1));
    await reading.untilEvents(6, 100);
    assert.deepEqual(reading.ids, idsOf(name, 1, 6));
    assert.deepEqual(reading.discontinuities, []);
    assert.equal(reading.listener.all("subscription:alarm:raised").length, 0);
    assert.equal(org.streams.list().length, 1);
    await reading.stop();
  });
}

test("twenty reconnects later each event still comes once, on one stream", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  for (let round = 0; round < 20; round += 1) {
    emulated.publish(idsOf("again", round * 2, 2));
    await reading.untilEvents(round * 2 + 2, 50);
    org.strike(failed("service.unavailable"), {});
  }
  emulated.publish(["again-40"]);
  await reading.untilEvents(41, 50);
  assert.deepEqual(reading.ids, idsOf("again", 0, 41));
  assert.equal(org.streams.list().length, 1);
  await reading.stop();
});

test("a stream that fails leaves the other topics of the client alone", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  const other = new Reading(emulated, { client: reading.client, topic: "/event/Alarm__e" });
  emulated.publish(["alone-1"]);
  await reading.untilEvents(1);
  const listening = (): number => org.streams.list().filter(({ credit }) => credit > 0).length;
  await reading.until(() => listening() === 2, "both streams");
  const before = org.streams.list().find((stream) => stream.topic === "/event/Alarm__e")?.rpcId;
  assert.equal(org.strike(failed("service.unavailable"), { topic }), 1);
  emulated.publish(["alone-2"]);
  await reading.untilEvents(2, 50);
  const now = org.streams.list().filter((stream) => stream.topic === "/event/Alarm__e");
  assert.deepEqual(
    now.map(({ rpcId }) => rpcId),
    [before],
  );
  assert.deepEqual(other.events, []);
  await Promise.all([reading.stop(), other.stop()]);
});

test("a start at latest resumes after what came last, and never at latest again", async () => {
  const { org } = emulated;
  await untilIdle(emulated);
  const reading = new Reading(emulated, { position: { kind: "latest" } });
  await emulated.untilListening();
  emulated.publish(["latest-1"]);
  await reading.untilEvents(1);
  for (let round = 2; round <= 6; round += 1) {
    org.strike({ kind: "stream_unavailable" }, {});
    emulated.publish([`latest-${round}`]);
    await reading.untilEvents(round, 50);
  }
  assert.deepEqual(reading.ids, idsOf("latest", 1, 6));
  await reading.stop();
});

test("a start at latest that never had a position says that events may be missing", async () => {
  const { org } = emulated;
  await untilIdle(emulated);
  const reading = new Reading(emulated, { position: { kind: "latest" } });
  await emulated.untilListening();
  await reading.untilTold("subscription:stream:opened", 1, 50);
  org.strike({ kind: "tcp_cut" }, {});
  await reading.until(() => reading.discontinuities.length > 0, "the discontinuity", 50);
  const [gap] = reading.discontinuities;
  assert.equal(gap?.rejected, null);
  assert.equal(gap?.restartedAt, "latest");
  assert.equal(
    gap?.error.message,
    `[stream_ended] ${topic}: the stream ended before it had a position: what is published until it is back is missed.`,
  );
  await reading.stop();
});

test("an infinite subscription has no end after so many hundred events", async () => {
  const reading = new Reading(emulated);
  const ids = idsOf("many", 1, 1_234);
  for (let first = 0; first < ids.length; first += 300) emulated.publish(ids.slice(first, first + 300));
  await reading.untilEvents(ids.length);
  emulated.publish(["many-1235"]);
  await reading.untilEvents(1_235);
  assert.deepEqual(reading.ids, idsOf("many", 1, 1_235));
  const opened = reading.listener.all("subscription:stream:opened").length;
  assert.equal(opened, 1, "all on one stream");
  const most = Math.max(
    ...reading.listener.all("subscription:credit:granted").map(({ outstanding }) => outstanding),
  );
  assert.equal(most, 100);
  await reading.stop();
});

test("an event that is published twice under one id comes twice with that id, and two replay ids", async () => {
  const reading = new Reading(emulated);
  emulated.org.faults.arm({
    kind: "event_duplicate",
    schedule: { kind: "times", times: 1 },
    match: {},
    options: {},
  });
  emulated.publish(["twice"]);
  await reading.untilEvents(2);
  assert.deepEqual(reading.ids, ["twice", "twice"]);
  const [first, second] = reading.events;
  assert.notDeepEqual(first?.replayId, second?.replayId);
  assert.deepEqual(first?.raw, second?.raw);
  assert.deepEqual(reading.position, second?.replayId);
  await reading.stop();
});

test("events come in the order of the bus, also when that is not the order of publishing", async () => {
  const reading = new Reading(emulated);
  emulated.org.faults.arm({
    kind: "event_reorder",
    schedule: { kind: "times", times: 1 },
    match: {},
    options: {},
  });
  emulated.publish(["reorder-1", "reorder-2"]);
  emulated.publish(["reorder-3"]);
  await reading.untilEvents(3);
  assert.deepEqual(reading.ids, ["reorder-3", "reorder-1", "reorder-2"]);
  const ids = reading.events.map(({ replayId }) => Buffer.from(replayId).toString("hex"));
  assert.deepEqual(ids, ids.toSorted());
  await reading.stop();
});
