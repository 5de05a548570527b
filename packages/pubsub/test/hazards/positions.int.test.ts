import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PubSubError, StreamItem } from "../../src/index.ts";
import { openEmulatedOrg } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { Reading, idsOf } from "./reading.ts";

const hourMs = 3_600_000;
const startAfter = (replayId: Uint8Array | undefined) => ({
  position: { kind: "after", replayId: replayId ?? new Uint8Array() } as const,
});

let emulated: EmulatedOrg;
before(async () => {
  emulated = await openEmulatedOrg();
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
});

test("a consumer that dies within a batch gets the whole batch again, since its position came with it", async () => {
  const published = emulated.publish(idsOf("crash", 1, 10));
  const earliest = { position: { kind: "earliest" } } as const;
  let died: StreamItem | undefined;
  const first = new Reading(emulated, {
    ...earliest,
    work: (item) => {
      died = item;
      throw new Error("the process dies after the fourth event");
    },
  });
  await first.untilOver();
  assert.ok(died?.kind === "batch");
  assert.equal(first.position, undefined, "nothing was there to be stored earlier");
  assert.deepEqual(died.position, published.at(-1)?.replayId, "the last event's own id, and not the first's");
  const second = new Reading(emulated, earliest);
  await second.untilEvents(10);
  assert.deepEqual(second.ids, idsOf("crash", 1, 10));
  await second.stop();
});

test("each event carries its own position: reading goes on in the middle of a batch", async () => {
  const [, , third] = emulated.publish(idsOf("middle", 1, 6));
  const reading = new Reading(emulated, startAfter(third?.replayId));
  await reading.untilEvents(3);
  assert.deepEqual(reading.ids, idsOf("middle", 4, 3));
  assert.deepEqual(reading.position, reading.events.at(-1)?.replayId);
  await reading.stop();
});

test("a hand-off that fails is the consumer's error, and the next subscription begins with that event", async () => {
  let stored = new Uint8Array(emulated.org.core.bus.latest().replayId);
  const done: string[] = [];
  let queueIsDown = true;
  const handOff = (item: StreamItem): void => {
    if (item.kind !== "batch") return;
    for (const { id, replayId } of item.events) {
      if (id === "hand-off-3" && queueIsDown) throw new Error("the queue is down");
      done.push(id);
      stored = new Uint8Array(replayId);
    }
  };
  emulated.publish(idsOf("hand-off", 1, 5));
  const failing = new Reading(emulated, { ...startAfter(stored), work: handOff });
  await failing.untilOver();
  assert.equal((failing.failure as Error).message, "the queue is down");
  queueIsDown = false;
  const again = new Reading(emulated, { ...startAfter(stored), work: handOff });
  await again.untilEvents(3);
  assert.deepEqual(done, idsOf("hand-off", 1, 5));
  await again.stop();
});

test("an INVALID_ARGUMENT about something else is not taken for an expired position", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  emulated.publish(["invalid-1"]);
  await reading.untilEvents(1);
  for (const code of [
    "subscription.fetch.requested.events.invalid",
    "subscription.fetch.overflow",
  ] as const) {
    org.strike({ kind: "stream_failed", options: { code } }, {});
    await reading.until(() => org.streams.list().some(({ credit }) => credit > 0), "a new stream", 200);
  }
  emulated.publish(["invalid-2"]);
  await reading.untilEvents(2, 100);
  assert.deepEqual(reading.ids, idsOf("invalid", 1, 2));
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});

for (const [name, replayId] of [
  ["digits as text", Buffer.from("37771")],
  ["an id of another org", Buffer.from("00000000000000070000", "hex")],
  ["an id that is too short", Buffer.from("0001", "hex")],
] as const) {
  test(`${name} for a position: one discontinuity with it, then everything that is retained`, async () => {
    emulated.publish([`rejected-${name}`]);
    const reading = new Reading(emulated, startAfter(replayId));
    await reading.until(() => reading.ids.includes(`rejected-${name}`), "the newest event");
    const [first] = reading.items;
    assert.ok(first?.kind === "discontinuity");
    assert.deepEqual(first.rejected, replayId);
    assert.equal(first.restartedAt, "earliest");
    assert.equal(first.error.code, "position_rejected");
    assert.equal(reading.discontinuities.length, 1);
    const { told } = reading.listener;
    const of = (area: string): readonly string[] =>
      told.map(({ name: told }) => told).filter((each) => each.startsWith(area));
    assert.deepEqual(of("subscription:alarm"), ["subscription:alarm:raised", "subscription:alarm:cleared"]);
    assert.deepEqual(of("subscription:position"), ["subscription:position:rejected"]);
    await reading.stop();
  });
}

test("an expired position starts over once, not again and again, and what is retained comes", async () => {
  const { org } = emulated;
  const [old] = emulated.publish(["expired-1"]);
  await emulated.advance(71 * hourMs, hourMs);
  emulated.publish(idsOf("expired", 2, 2));
  await emulated.advance(2 * hourMs, hourMs);
  const reading = new Reading(emulated, startAfter(old?.replayId));
  await reading.untilEvents(2);
  assert.deepEqual(reading.ids, idsOf("expired", 2, 2), "the first one is gone, and that is said");
  assert.equal(reading.discontinuities.length, 1);
  org.strike({ kind: "stream_rst" }, {});
  emulated.publish(["expired-4"]);
  await reading.untilEvents(3, 100);
  assert.deepEqual(reading.ids, idsOf("expired", 2, 3), "and nothing is repeated at the next reconnect");
  assert.equal(reading.discontinuities.length, 1);
  await reading.stop();
});

test("whoever would rather skip starts at latest, and is told", async () => {
  emulated.publish(["skipped"]);
  const reading = new Reading(emulated, { ...startAfter(Buffer.from("?")), whenPositionRejected: "latest" });
  await reading.until(() => reading.discontinuities.length === 1, "the discontinuity");
  await emulated.untilListening();
  emulated.publish(["after-the-skip"]);
  await reading.untilEvents(1);
  assert.deepEqual(reading.ids, ["after-the-skip"]);
  assert.equal(reading.discontinuities[0]?.restartedAt, "latest");
  await reading.stop();
});

test("whoever would rather decide gets the error, and the subscription is over", async () => {
  const reading = new Reading(emulated, { ...startAfter(Buffer.from("?")), whenPositionRejected: "throw" });
  await reading.untilOver();
  assert.equal((reading.failure as PubSubError).code, "position_rejected");
  assert.deepEqual(reading.items, []);
});

test("an event stream that is reset under a subscription is one discontinuity, and the new one is read", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  emulated.publish(["reset-1"]);
  await reading.untilEvents(1);
  org.core.bus.restart();
  emulated.publish(["reset-2"]);
  await reading.untilEvents(2, 50);
  emulated.publish(["reset-3"]);
  await reading.untilEvents(3);
  assert.deepEqual(reading.ids, idsOf("reset", 1, 3));
  assert.equal(reading.discontinuities.length, 1);
  assert.deepEqual(reading.discontinuities[0]?.rejected, reading.events[0]?.replayId);
  await reading.stop();
});

test("a server that refuses every position is asked ever more slowly, with a person called once", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  emulated.publish(["wedged-1"]);
  await reading.untilEvents(1);
  const code = "subscription.fetch.replayid.corrupted";
  const schedule = { kind: "window", forMs: 3 * hourMs } as const;
  org.faults.arm({ kind: "stream_failed", schedule, match: { at: "open" }, options: { code } });
  org.strike({ kind: "stream_end_ok" }, {});
  const retries = await reading.sitOutRetries(2 * hourMs);
  const delays = retries.map(({ delayMs }) => delayMs);
  assert.ok(delays.length < 20, `${delays.length} attempts in two hours`);
  assert.equal(delays.at(-1), 450_000);
  assert.equal(reading.listener.all("subscription:alarm:raised").length, 1);
  assert.equal(reading.discontinuities.length, 1);
  org.faults.disarmAll();
  emulated.publish(["wedged-2"]);
  reading.client.retryNow();
  await reading.until(() => reading.ids.includes("wedged-2"), "the event after the repair");
  assert.equal(reading.listener.all("subscription:alarm:cleared").length, 1);
  await reading.stop();
});

for (const [name, knobs] of [
  ["eight bytes", { replayIdBytes: 8 }],
  ["ten bytes, of which no eight will do", { acceptsShortReplayIds: false, replayIdTail: 513 }],
] as const) {
  test(`replay ids of ${name} go back as they came`, async () => {
    await using other = await openEmulatedOrg({ pubsub: knobs });
    const reading = new Reading(other, { position: { kind: "earliest" } });
    other.publish(["bytes-1"]);
    await reading.untilEvents(1);
    other.org.strike({ kind: "stream_unavailable" }, {});
    other.publish(["bytes-2"]);
    await reading.untilEvents(2, 50);
    await reading.stop();
    const later = new Reading(other, startAfter(reading.position));
    other.publish(["bytes-3"]);
    await later.untilEvents(1);
    assert.deepEqual([...reading.ids, ...later.ids], idsOf("bytes", 1, 3));
    assert.deepEqual([...reading.discontinuities, ...later.discontinuities], []);
    assert.equal(reading.position?.length, name === "eight bytes" ? 8 : 10);
    await later.stop();
  });
}
