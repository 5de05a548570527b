import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { consumed, nextBatch, range, replayId, setStage } from "./stage.ts";

test("the first request names topic and start, and every call carries token, instance and org", async (t) => {
  const { bus, subscribe } = await setStage(t);
  const items = subscribe();
  const pending = items.next();
  const call = await bus.calls.take();
  const request = await call.requests.take();
  assert.equal(request.topicName, "/event/Test_Event__e");
  assert.equal(request.replayPreset, "EARLIEST");
  assert.equal(request.replayId?.length, 0);
  assert.equal(call.token, "token-1");
  assert.equal(call.header("instanceurl"), "https://acme.my.salesforce.com");
  assert.equal(call.header("tenantid"), "00D000000000001EAA");
  call.send({ events: [consumed(1)] });
  await pending;
});

test("resumes after the last event when the server ends the stream with status OK", async (t) => {
  const { bus, subscribe, timing } = await setStage(t);
  const items = subscribe();
  const first = nextBatch(items);
  const call = await bus.calls.take();
  call.send({ events: range(7, 3) });
  call.end();
  assert.deepEqual((await first).position, new Uint8Array(replayId(9)));

  const second = nextBatch(items);
  const again = await bus.calls.take();
  const request = await again.requests.take();
  assert.equal(request.replayPreset, "CUSTOM");
  assert.deepEqual(request.replayId, replayId(9));
  assert.deepEqual(timing.sleeps.rest, [], "it reconnected at once");
  again.send({ events: [consumed(10)] });
  assert.equal((await second).events[0]?.id, "event-10");
});

test("waits before it reconnects when the server ends stream after stream with nothing in them", async (t) => {
  const { bus, subscribe, timing, told } = await setStage(t);
  timing.randomValue = 0.4;
  const items = subscribe();
  const pending = nextBatch(items);
  (await bus.calls.take()).end();
  (await bus.calls.take()).end();
  assert.equal(await timing.sleeps.take(), 400, "the second failure in a row: a part of one second");
  const backing = told.at(-1);
  assert.ok(backing?.name === "subscription:retry:scheduled");
  assert.equal(
    backing.error.message,
    "[stream_ended] /event/Test_Event__e: the server ended the stream again, with status OK.",
  );
  await timing.advance(400);
  (await bus.calls.take()).send({ events: [consumed(1)] });
  await pending;
});

for (const code of [
  status.INTERNAL,
  status.UNAVAILABLE,
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
]) {
  test(`resumes at its position after a proxy failure with status ${status[code]}`, async (t) => {
    const { bus, subscribe, timing } = await setStage(t);
    const items = subscribe({ position: { kind: "after", replayId: replayId(41) } });
    const pending = nextBatch(items);
    (await bus.calls.take()).fail({ code });
    assert.equal(await timing.sleeps.take(), 250);
    await timing.advance(250);
    const again = await bus.calls.take();
    assert.deepEqual((await again.requests.take()).replayId, replayId(41));
    again.send({ events: [consumed(42)] });
    await pending;
  });
}

test("keeps a replay id of eight bytes as it came", async (t) => {
  const { bus, subscribe } = await setStage(t);
  const eightBytes = Buffer.from("000000000104b674", "hex");
  const items = subscribe({ position: { kind: "after", replayId: eightBytes } });
  const pending = nextBatch(items);
  const call = await bus.calls.take();
  assert.deepEqual((await call.requests.take()).replayId, eightBytes);
  call.send({ events: [{ ...consumed(1), replayId: eightBytes }] });
  assert.deepEqual((await pending).position, new Uint8Array(eightBytes));
});

test("stores the last event's own id when the response claims to be further", async (t) => {
  const { bus, subscribe } = await setStage(t);
  const items = subscribe();
  const pending = nextBatch(items);
  (await bus.calls.take()).send({ events: [consumed(5)], latestReplayId: replayId(9) });
  assert.deepEqual((await pending).position, new Uint8Array(replayId(5)));
});

test("moves the position on with a keepalive, and resumes there", async (t) => {
  const { bus, subscribe } = await setStage(t);
  const items = subscribe();
  const pending = nextBatch(items);
  const call = await bus.calls.take();
  call.send({ latestReplayId: replayId(77) });
  const keepalive = await pending;
  assert.deepEqual(keepalive.events, []);
  assert.deepEqual(keepalive.position, new Uint8Array(replayId(77)));
  const next = nextBatch(items);
  call.end();
  const again = await bus.calls.take();
  assert.deepEqual((await again.requests.take()).replayId, replayId(77));
  again.send({ events: [consumed(78)] });
  await next;
});

test("gives a keepalive's position with the events that waited before it, and drops one that is overtaken", async (t) => {
  const { bus, subscribe, events } = await setStage(t);
  const items = subscribe();
  const first = nextBatch(items);
  const call = await bus.calls.take();
  call.send({ events: [consumed(1)] });
  await first;
  call.send({ events: [consumed(2)] });
  call.send({ latestReplayId: replayId(8) });
  call.send({ latestReplayId: replayId(9) });
  for (let seen = 0; seen < 2;)
    if ((await events.take()).name === "subscription:keepalive:received") seen += 1;
  const second = await nextBatch(items);
  assert.deepEqual(
    second.events.map(({ id }) => id),
    ["event-2"],
    "what gathered meanwhile comes as one",
  );
  assert.deepEqual(second.position, new Uint8Array(replayId(9)));
});

test("goes on at the earliest event when the position is refused, and says so once", async (t) => {
  const { bus, subscribe, told } = await setStage(t);
  const items = subscribe({ position: { kind: "after", replayId: replayId(3) } });
  const pending = items.next();
  (await bus.calls.take()).fail({
    code: status.INVALID_ARGUMENT,
    errorCode: "subscription.fetch.replayid.corrupted",
  });
  const { value } = await pending;
  assert.ok(value?.kind === "discontinuity");
  assert.deepEqual(Buffer.from(value.rejected ?? []), replayId(3));
  assert.equal(value.restartedAt, "earliest");
  assert.equal(value.error.code, "position_rejected");
  assert.equal(value.error.rpcId, "rpc-1");

  const next = nextBatch(items);
  const again = await bus.calls.take();
  const request = await again.requests.take();
  assert.equal(request.replayPreset, "EARLIEST");
  assert.equal(request.replayId?.length, 0);
  again.send({ events: [consumed(50)] });
  assert.deepEqual((await next).position, new Uint8Array(replayId(50)));
  assert.equal(told.filter((event) => event.name === "subscription:position:rejected").length, 1);
});

test("does not take a refusal without trailer for a refused position", async (t) => {
  const { bus, subscribe, timing } = await setStage(t);
  const items = subscribe({ position: { kind: "after", replayId: replayId(3) } });
  const pending = nextBatch(items);
  (await bus.calls.take()).fail({ code: status.INVALID_ARGUMENT });
  assert.equal(await timing.sleeps.take(), 11_250);
  await timing.advance(11_250);
  const again = await bus.calls.take();
  assert.deepEqual((await again.requests.take()).replayId, replayId(3));
  again.send({ events: [consumed(4)] });
  await pending;
});

test("tries a missing topic again at a slow pace, visibly, and goes on when it appears", async (t) => {
  const { bus, subscribe, timing, told } = await setStage(t);
  timing.randomValue = 0.9;
  const items = subscribe();
  const pending = nextBatch(items);
  const delays: number[] = [];
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    (await bus.calls.take()).fail({
      code: status.NOT_FOUND,
      errorCode: "topic.not.found",
      details: "no such topic",
    });
    const delayMs = await timing.sleeps.take();
    delays.push(delayMs);
    await timing.advance(delayMs);
  }
  assert.deepEqual(delays, [14_250, 28_500, 57_000, 114_000, 228_000, 456_000, 570_000, 570_000, 570_000]);
  const backing = told.findLast((event) => event.name === "subscription:retry:scheduled");
  assert.equal(backing?.attempt, 9);
  assert.equal(
    backing?.error.message,
    "[topic_not_found] /event/Test_Event__e: Subscribe failed with sfdc.platform.eventbus.grpc.topic.not.found: no such topic. " +
      "Check the topic's spelling (it is case-sensitive) and that the event is deployed to this org. (rpcId rpc-1)",
  );
  (await bus.calls.take()).send({ events: [consumed(1)] });
  await pending;
});

test("an alarm is not called off by a stream that a server in trouble takes seconds to refuse", async (t) => {
  const stage = await setStage(t);
  const pending = nextBatch(stage.subscribe());
  const refuse = { code: status.PERMISSION_DENIED, errorCode: "topic.meta.permission" };
  const alarms = (): readonly string[] =>
    stage.told.map(({ name }) => name).filter((name) => name.startsWith("subscription:alarm"));
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const call = await stage.bus.calls.take();
    await stage.timing.advance(3_000);
    call.fail(refuse);
    const delayMs = await stage.timing.sleeps.take();
    assert.deepEqual(alarms(), ["subscription:alarm:raised"]);
    await stage.timing.advance(delayMs);
  }
  (await stage.bus.calls.take()).send({ events: range(1, 1) });
  await pending;
  assert.deepEqual(alarms(), ["subscription:alarm:raised", "subscription:alarm:cleared"]);
  const recovered = stage.told.filter((event) => event.name === "subscription:stream:recovered");
  assert.deepEqual(
    recovered.map(({ attempts }) => attempts),
    [3],
    "told once, of the whole trouble",
  );
});
