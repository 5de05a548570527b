import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openEmulatedOrg } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { copyMetadata, publishTo } from "./metadata-copy.ts";
import type { MetadataCopy } from "./metadata-copy.ts";
import { Reading, idsOf, until, untilIdle } from "./reading.ts";

const topics = Array.from({ length: 14 }, (_each, index) => `Kind${index + 1}__e`);

let emulated: EmulatedOrg;
let metadata: MetadataCopy;
before(async () => {
  metadata = await copyMetadata();
  for (const name of topics) await metadata.putEvent(name);
  emulated = await openEmulatedOrg({ metadataDirs: [metadata.dir] });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
  await metadata[Symbol.asyncDispose]();
});

/** A consumer's work, which a test lets go on. */
function gate(): { readonly wait: () => Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { wait: async () => await promise, open: () => resolve(undefined) };
}

function delivered(): number {
  return emulated.org.streams.list().reduce((sum, stream) => sum + stream.delivered, 0);
}

test("a consumer that works on its first batch is sent no more than its capacity", async () => {
  await untilIdle(emulated);
  const work = gate();
  const reading = new Reading(emulated, { capacity: 10, work: work.wait });
  emulated.publish(idsOf("pressure", 1, 1_000));
  await reading.untilEvents(1);
  await emulated.advance(20_000, 100);
  assert.equal(delivered(), 10);
  work.open();
  await reading.untilEvents(1_000);
  assert.deepEqual(reading.ids, idsOf("pressure", 1, 1_000));
  await reading.stop();
});

test("work that takes five minutes loses neither the stream nor an event", async () => {
  await untilIdle(emulated);
  const work = gate();
  const reading = new Reading(emulated, { capacity: 5, work: work.wait });
  emulated.publish(idsOf("slow", 1, 8));
  await reading.untilEvents(1);
  await emulated.advance(300_000);
  const cut = reading.listener.all("subscription:stream:ended");
  assert.deepEqual(cut, [], "the server closes at zero credit after a minute, and never had to");
  work.open();
  await reading.untilEvents(8, 50);
  emulated.publish(["slow-9"]);
  await reading.untilEvents(9, 50);
  assert.deepEqual(reading.ids, idsOf("slow", 1, 9));
  await reading.stop();
});

test("an hour's pause on a busy topic closes the stream on purpose, and resumes without gap or repetition", async () => {
  await untilIdle(emulated);
  const work = gate();
  const reading = new Reading(emulated, { capacity: 20, work: work.wait });
  emulated.publish(idsOf("pause", 1, 200));
  await reading.untilEvents(1);
  await emulated.advance(3_600_000, 1_000);
  const [paused] = reading.listener.all("subscription:stream:paused");
  assert.equal(paused?.waiting, 30, "the capacity, and ten standing credits");
  assert.deepEqual(emulated.org.streams.list(), []);
  assert.deepEqual(reading.listener.all("subscription:stream:ended"), []);
  work.open();
  await reading.untilEvents(200, 50);
  const [resumed] = reading.listener.all("subscription:stream:resumed");
  assert.ok(resumed !== undefined && resumed.pausedMs > 3_000_000);
  assert.deepEqual(reading.ids, idsOf("pause", 1, 200));
  assert.deepEqual(reading.discontinuities, []);
  await reading.stop();
});

test("a capacity of none holds a quiet stream, and opens up when it rises", async () => {
  await untilIdle(emulated);
  const capacity = { value: 0 };
  const reading = new Reading(emulated, { capacity });
  await emulated.untilListening();
  await emulated.advance(600_000);
  assert.deepEqual(reading.listener.all("subscription:stream:ended"), []);
  capacity.value = 50;
  emulated.publish(idsOf("none", 1, 60));
  await reading.untilEvents(60, 50);
  assert.deepEqual(reading.ids, idsOf("none", 1, 60));
  await reading.stop();
});

test("fourteen topics on one client each get their events, before and after the connection is cut", async () => {
  await untilIdle(emulated);
  const client = emulated.open();
  const readings = topics.map((name) => new Reading(emulated, { client, topic: `/event/${name}` }));
  const publishAll = (id: string): void => {
    for (const name of topics) publishTo(emulated.org, `/event/${name}`, `${name}-${id}`, { Message__c: id });
  };
  publishAll("1");
  await Promise.all(readings.map((reading) => reading.untilEvents(1)));
  const peers = new Set(emulated.org.streams.list().map(({ peer }) => peer));
  assert.equal(peers.size, 1, "one connection carries them all");
  emulated.org.strike({ kind: "tcp_cut" }, { topic: `/event/${topics[3]}` });
  publishAll("2");
  await until(emulated, () => readings.every(({ events }) => events.length === 2), "all second events", 50);
  assert.deepEqual(
    readings.map(({ ids }) => ids),
    topics.map((name) => [`${name}-1`, `${name}-2`]),
  );
  await Promise.all(readings.map((reading) => reading.stop()));
});

test("an abort in the middle of a batch loses nothing: the next one begins after what was stored", async () => {
  const first = emulated.org.core.bus.latest().replayId;
  emulated.publish(idsOf("abort", 1, 40));
  let stored = new Uint8Array(first);
  const done: string[] = [];
  for (let life = 0; done.length < 40; life += 1) {
    assert.ok(life < 40, "each life gets on");
    const reading = new Reading(emulated, {
      position: { kind: "after", replayId: stored },
      capacity: 7,
      work: (item) => {
        if (item.kind !== "batch") return;
        for (const { id, replayId } of item.events.slice(0, 3)) {
          done.push(id);
          stored = new Uint8Array(replayId);
        }
        void reading.stop();
      },
    });
    await reading.untilOver();
    assert.equal(reading.failure, undefined);
  }
  assert.deepEqual(done, idsOf("abort", 1, 40));
});

test("a closed client ends in the middle of its work, and what was not stored comes again", async () => {
  emulated.publish(idsOf("kill", 1, 1));
  const stored = new Uint8Array(emulated.org.core.bus.latest().replayId);
  emulated.publish(idsOf("kill", 2, 5));
  const position = { kind: "after", replayId: stored } as const;
  const killed = new Reading(emulated, { position, work: () => killed.client.close() });
  await killed.untilOver();
  const again = new Reading(emulated, { position });
  await again.untilEvents(5);
  assert.deepEqual(again.ids, idsOf("kill", 2, 5));
  await again.stop();
});
