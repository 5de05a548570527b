import assert from "node:assert/strict";
import { test } from "node:test";
import { consumed, nextBatch, range, replayId, setStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** Waits until the client has told of `count` received events in all. */
async function untilReceived({ events }: Stage, count: number): Promise<void> {
  for (let seen = 0; seen < count;) {
    const event = await events.take();
    if (event.name === "subscription:events:received") seen += event.count;
  }
}

/** Credit given so far, as the client knows it: what is on its way to the server counts. */
function credit({ told }: Stage): number {
  return told.reduce(
    (sum, event) => sum + (event.name === "subscription:credit:granted" ? event.count : 0),
    0,
  );
}

test("never has more than 100 events outstanding, and asks again for what was taken", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe();
  const sizes = [1, 7, 42, 50, 3, 97, 60, 40, 60];
  let pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  let granted = (await call.requests.take()).numRequested;
  assert.equal(granted, 100);
  let sent = 0;
  for (const size of sizes) {
    while (granted - sent < size) granted += (await call.requests.take()).numRequested;
    assert.ok(granted - sent <= 100, `${granted - sent} outstanding`);
    call.send({ events: range(sent + 1, size) });
    sent += size;
    assert.equal((await pending).events.length, size);
    pending = nextBatch(items);
  }
  const most = stage.told.map((event) =>
    event.name === "subscription:credit:granted" ? event.outstanding : 0,
  );
  assert.equal(Math.max(...most), 100);
  call.send({ events: range(sent + 1, 1) });
  await pending;
});

test("does not ask for more while the consumer works, so that memory stays bounded", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe();
  const pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  assert.equal((await call.requests.take()).numRequested, 100);
  call.send({ events: range(1, 60) });
  await pending;
  call.send({ events: range(61, 40) });
  await untilReceived(stage, 100);
  await stage.timing.advance(29_000);
  assert.equal(credit(stage), 100, "60 in hand and 40 waiting are 100");
  assert.equal((await nextBatch(items)).events.length, 40);
  assert.equal((await call.requests.take()).numRequested, 60);
});

test("follows the capacity down and up again", async (t) => {
  const stage = await setStage(t);
  let capacity = 10;
  const items = stage.subscribe({ capacity: () => capacity });
  let pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  assert.equal((await call.requests.take()).numRequested, 10);
  capacity = 0;
  call.send({ events: range(1, 10) });
  await pending;
  pending = nextBatch(items);
  await stage.timing.advance(5_000);
  assert.equal(credit(stage), 10);
  capacity = 25;
  await stage.timing.advance(500);
  assert.equal((await call.requests.take()).numRequested, 25);
  call.send({ events: [consumed(11)] });
  await pending;
});

test("keeps a paused stream alive with one standing credit, renewed 30 s after it is used", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe({ capacity: () => 0 });
  const pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  assert.equal((await call.requests.take()).numRequested, 1);
  call.send({ events: [consumed(1)] });
  await pending;
  const next = nextBatch(items);
  await stage.timing.advance(29_000);
  assert.equal(credit(stage), 1, "a pause is not a slow stream of single events");
  await stage.timing.advance(1_500);
  assert.equal((await call.requests.take()).numRequested, 1);
  call.send({ events: [consumed(2)] });
  await next;
});

test("gives up a stream that is silent for too long, and resumes on another connection", async (t) => {
  const stage = await setStage(t);
  stage.timing.randomValue = 0;
  const lively = nextBatch(stage.subscribe());
  const livelyCall = await stage.bus.calls.take();
  const items = stage.subscribe({ position: { kind: "after", replayId: replayId(5) } });
  const pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  assert.equal(call.peer, livelyCall.peer, "subscriptions share a connection");
  await stage.timing.advance(100_000);
  livelyCall.send({ latestReplayId: replayId(1) });
  await lively;
  await stage.timing.advance(49_000);
  assert.equal(stage.bus.calls.rest.length, 0);
  await stage.timing.advance(1_500);
  await call.over.promise;
  const again = await stage.bus.calls.take();
  assert.notEqual(again.peer, call.peer);
  assert.deepEqual((await again.requests.take()).replayId, replayId(5));
  const fired = stage.told.find((event) => event.name === "subscription:stream:silent");
  assert.equal(fired?.silentMs, 150_000);
  again.send({ events: [consumed(6)] });
  await pending;
  assert.ok(stage.told.some((event) => event.name === "subscription:stream:recovered"));
});

test("does not give up a stream that sends keepalives", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe();
  let pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  for (let round = 1; round <= 3; round += 1) {
    await stage.timing.advance(149_000);
    call.send({ latestReplayId: replayId(round) });
    assert.deepEqual((await pending).position, new Uint8Array(replayId(round)));
    pending = nextBatch(items);
  }
  const troubles = ["subscription:stream:silent", "subscription:stream:ended"];
  assert.ok(stage.told.every((event) => !troubles.includes(event.name)));
  call.send({ events: [consumed(9)] });
  await pending;
});

test("does not take the server for dead when the process itself stood still", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe();
  const pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  await call.requests.take();
  stage.timing.nowMs += 400_000;
  await stage.timing.advance(0);
  assert.ok(stage.told.every((event) => event.name !== "subscription:stream:silent"));
  call.send({ events: [consumed(1)] });
  await pending;
});

test("takes a start at the latest event for dead later, since what is published meanwhile is lost", async (t) => {
  const stage = await setStage(t);
  stage.timing.randomValue = 0;
  const items = stage.subscribe({ position: { kind: "latest" } });
  const pending = items.next();
  const call = await stage.bus.calls.take();
  await call.requests.take();
  await stage.timing.advance(299_000);
  assert.ok(stage.told.every((event) => event.name !== "subscription:stream:silent"));
  await stage.timing.advance(1_500);
  const { value } = await pending;
  assert.ok(value?.kind === "discontinuity");
  assert.equal(value.rejected, null);
  assert.equal(value.restartedAt, "latest");
  const again = await stage.bus.calls.take();
  assert.equal((await again.requests.take()).replayPreset, "LATEST");
});

test("closes a stream on purpose when the consumer has had no room for long, and resumes where it was", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe();
  const pending = nextBatch(items);
  const call = await stage.bus.calls.take();
  call.send({ events: range(1, 100) });
  await pending;
  for (let extra = 1; extra <= 10; extra += 1) {
    await stage.timing.advance(30_000);
    assert.equal(credit(stage), 100 + extra, "one standing credit at a time");
    call.send({ events: [consumed(100 + extra)] });
    await untilReceived(stage, 1 + (extra === 1 ? 100 : 0));
  }
  await stage.timing.advance(49_000);
  assert.equal(
    stage.told.some(({ name }) => name === "subscription:stream:paused"),
    false,
  );
  await stage.timing.advance(1_500);
  await call.over.promise;
  const paused = stage.told.filter((event) => event.name === "subscription:stream:paused");
  assert.deepEqual(
    paused.map(({ waiting }) => waiting),
    [110],
  );
  assert.ok(stage.told.every((event) => event.name !== "subscription:stream:silent"));
  assert.equal((await nextBatch(items)).events.length, 10);
  await stage.timing.advance(500);
  const again = await stage.bus.calls.take();
  assert.deepEqual((await again.requests.take()).replayId, replayId(110));
  assert.ok(stage.told.some((event) => event.name === "subscription:stream:resumed"));
  const next = nextBatch(items);
  again.send({ events: [consumed(111)] });
  assert.deepEqual(
    (await next).events.map(({ id }) => id),
    ["event-111"],
  );
});

test("says that it is connected once the server keeps a quiet stream, and not when it refuses one", async (t) => {
  const stage = await setStage(t);
  const items = stage.subscribe();
  const pending = nextBatch(items);
  const refused = await stage.bus.calls.take();
  refused.fail({ code: 5, errorCode: "topic.not.found" });
  await stage.timing.sleeps.take();
  assert.equal(stage.told.filter((event) => event.name === "subscription:stream:opened").length, 0);
  await stage.timing.advance(11_250);
  const call = await stage.bus.calls.take();
  await call.requests.take();
  await stage.timing.advance(1_000);
  assert.equal(stage.told.filter((event) => event.name === "subscription:stream:opened").length, 1);
  call.send({ events: [consumed(1)] });
  await pending;
  assert.equal(stage.told.filter((event) => event.name === "subscription:stream:opened").length, 1);
});
