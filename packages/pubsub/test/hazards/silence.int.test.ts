import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openEmulatedOrg, topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { Listener, Reading, idsOf } from "./reading.ts";
import { startSilentRelay } from "./silent-relay.ts";

const hourMs = 3_600_000;

let emulated: EmulatedOrg;
before(async () => {
  emulated = await openEmulatedOrg({ pubsub: { maxStreamAgeMs: 20 * hourMs } });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
});

test("a half-open TCP path is found within 150 s, another connection takes its place, and no event is lost", async () => {
  await using relay = await startSilentRelay(Number(emulated.org.pubsubEndpoint.split(":")[1]));
  const listener = new Listener();
  const client = emulated.open({ endpoint: relay.endpoint, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  emulated.publish(["half-open-1"]);
  await reading.untilEvents(1);
  assert.equal(relay.dialled(), 1);

  relay.fallSilent();
  emulated.publish(["half-open-2"]);
  await emulated.advance(149_000);
  assert.equal(relay.halfOpen(), 1, "neither end knows");
  assert.deepEqual(listener.all("subscription:stream:silent"), []);
  emulated.publish(["half-open-3"]);
  await emulated.advance(2_000);
  const [silent] = listener.all("subscription:stream:silent");
  assert.ok(silent !== undefined && silent.silentMs >= 150_000 && silent.silentMs <= 151_000);
  const [ended] = listener.all("subscription:stream:ended");
  assert.equal(
    ended?.error?.message,
    `[stream_silent] ${topic}: neither event nor keepalive for 150 s; the connection is taken for dead.`,
  );

  await reading.untilEvents(3, 100);
  assert.equal(relay.dialled(), 2);
  emulated.publish(["half-open-4"]);
  await reading.untilEvents(4);
  assert.deepEqual(reading.ids, idsOf("half-open", 1, 4));
  assert.equal(listener.all("subscription:alarm:raised").length, 0);
  await reading.stop();
});

test("when the next connection is silent too, another one is dialled, for as long as it takes", async () => {
  await using relay = await startSilentRelay(Number(emulated.org.pubsubEndpoint.split(":")[1]));
  const listener = new Listener();
  const client = emulated.open({ endpoint: relay.endpoint, onEvent: listener.onEvent });
  const reading = new Reading(emulated, { client, listener });
  emulated.publish(["still-1"]);
  await reading.untilEvents(1);
  relay.fallSilent(2);
  emulated.publish(["still-2"]);
  for (let dialled = 2; dialled <= 4; dialled += 1) {
    await emulated.advance(151_000);
    await reading.until(() => relay.dialled() === dialled, `connection ${dialled}`, 100);
  }
  await reading.untilEvents(2, 20);
  assert.deepEqual(reading.ids, ["still-1", "still-2"]);
  assert.equal(listener.all("subscription:stream:silent").length, 3);
  await reading.stop();
});

test("a connection that falls silent at the org is replaced for every topic on it, without a gap", async () => {
  const { org } = emulated;
  const reading = new Reading(emulated);
  const alarms = new Reading(emulated, { client: reading.client, topic: "/event/Alarm__e" });
  emulated.publish(["silent-1"]);
  await reading.untilEvents(1);
  await alarms.until(() => org.streams.list().length === 2, "the second stream");
  org.strike({ kind: "half_open" }, { topic });
  emulated.publish(["silent-2"]);
  await emulated.advance(160_000);
  await reading.untilEvents(2, 100);
  await alarms.until(() => org.streams.list().length === 2, "both streams again", 100);
  assert.deepEqual(reading.ids, idsOf("silent", 1, 2));
  await Promise.all([reading.stop(), alarms.stop()]);
});

test("three quiet days and an hour keep the position fresh, the stream alive, and the next event comes", async () => {
  const { org } = emulated;
  const before = new Uint8Array(org.core.bus.latest().replayId);
  const reading = new Reading(emulated);
  await emulated.untilListening();
  await emulated.advance(73 * hourMs, 60_000);
  assert.deepEqual(reading.discontinuities, []);
  assert.deepEqual(org.core.bus.resolve(topic, before), { kind: "corrupted" }, "where it began is expired");
  assert.ok(reading.position !== undefined);
  assert.equal(org.core.bus.resolve(topic, reading.position).kind, "at");
  assert.ok(reading.listener.all("subscription:keepalive:received").length > 4_000);
  assert.deepEqual(reading.listener.all("subscription:stream:silent"), []);
  emulated.publish(["quiet-1"]);
  await reading.untilEvents(1, 50);
  await reading.stop();

  const later = new Reading(emulated, { position: { kind: "after", replayId: reading.position } });
  emulated.publish(["quiet-2"]);
  await later.untilEvents(1, 50);
  assert.deepEqual([...reading.ids, ...later.ids], ["quiet-1", "quiet-2"]);
  assert.deepEqual(later.discontinuities, []);
  await later.stop();
});

test("four days with one event each, on a stream that the server ends every twenty hours, misses none", async () => {
  const reading = new Reading(emulated);
  for (let day = 1; day <= 4; day += 1) {
    await emulated.advance(24 * hourMs, 60_000);
    emulated.publish([`day-${day}`]);
    // Time stands still meanwhile, or what the client asks for would be taken for unanswered.
    await reading.untilEvents(day);
  }
  assert.deepEqual(reading.ids, idsOf("day", 1, 4));
  assert.ok(reading.listener.all("subscription:stream:ended").length >= 4);
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});
