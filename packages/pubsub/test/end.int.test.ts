import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import type { Session } from "../src/index.ts";
import { consumed, nextBatch, replayId, schemaId, setStage, topic } from "./stage.ts";

test("takes a new token when the stream is refused, and keeps its position", async (t) => {
  const { bus, subscribe, auth, told } = await setStage(t);
  const items = subscribe({ position: { kind: "after", replayId: replayId(8) } });
  const pending = nextBatch(items);
  const call = await bus.calls.take();
  assert.equal(call.token, "token-1");
  call.fail({ code: status.UNAUTHENTICATED, errorCode: "service.auth.error" });
  const again = await bus.calls.take();
  assert.equal(again.token, "token-2");
  assert.deepEqual((await again.requests.take()).replayId, replayId(8));
  again.send({ events: [consumed(9)] });
  await pending;
  assert.equal(auth.signIns, 2);
  assert.deepEqual(
    told.filter((event) => event.name === "session:token:renewed"),
    [{ name: "session:token:renewed", orgId: "00D000000000001EAA" }],
  );
});

test("backs off when the new token is refused too", async (t) => {
  const { bus, subscribe, timing, told } = await setStage(t);
  timing.randomValue = 0.4;
  const pending = nextBatch(subscribe());
  (await bus.calls.take()).fail({ code: status.UNAUTHENTICATED });
  (await bus.calls.take()).fail({ code: status.UNAUTHENTICATED });
  assert.equal(await timing.sleeps.take(), 400);
  assert.ok(told.every((event) => !JSON.stringify(event).includes("token-")));
  await timing.advance(400);
  const call = await bus.calls.take();
  assert.equal(call.token, "token-3");
  call.send({ events: [consumed(1)] });
  await pending;
});

test("two subscriptions whose token is refused share one new sign-in", async (t) => {
  const { bus, subscribe, auth } = await setStage(t);
  const batches = [nextBatch(subscribe()), nextBatch(subscribe())];
  for (const call of [await bus.calls.take(), await bus.calls.take()])
    call.fail({ code: status.UNAUTHENTICATED });
  for (const call of [await bus.calls.take(), await bus.calls.take()]) {
    assert.equal(call.token, "token-2");
    call.send({ events: [consumed(1)] });
  }
  await Promise.all(batches);
  assert.equal(auth.signIns, 2);
});

test("a sign-in that fails for whatever reason is told and tried again", async (t) => {
  let attempts = 0;
  const session: Session = {
    accessToken: "late",
    instanceUrl: "https://a.my.salesforce.com",
    orgId: "00D000000000001EAA",
  };
  const auth = {
    get: () => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error("wrong org")) : Promise.resolve(session);
    },
    invalidate: () => undefined,
  };
  const { bus, subscribe, timing, told } = await setStage(t, { auth });
  const pending = nextBatch(subscribe());
  assert.equal(await timing.sleeps.take(), 250);
  const backing = told.at(-1);
  assert.equal(
    backing?.name === "subscription:retry:scheduled" && backing.error.message,
    `[unexpected] ${topic}: wrong org`,
  );
  await timing.advance(250);
  const call = await bus.calls.take();
  assert.equal(call.token, "late");
  call.send({ events: [consumed(1)] });
  await pending;
});

test("ends without an error when aborted while it waits for events, and cancels the call", async (t) => {
  const { bus, subscribe, stop } = await setStage(t);
  const pending = subscribe().next();
  const call = await bus.calls.take();
  stop.abort();
  assert.deepEqual(await pending, { value: undefined, done: true });
  await call.over.promise;
});

test("ends when aborted during a backoff", async (t) => {
  const { bus, subscribe, stop, timing } = await setStage(t);
  const pending = subscribe().next();
  (await bus.calls.take()).fail({ code: status.UNAVAILABLE });
  await timing.sleeps.take();
  stop.abort();
  assert.deepEqual(await pending, { value: undefined, done: true });
});

test("ends when aborted during a sign-in, even one that does not heed the signal", async (t) => {
  const asked = Promise.withResolvers<void>();
  const auth = {
    get: () => {
      asked.resolve();
      return new Promise<Session>(() => undefined);
    },
    invalidate: () => undefined,
  };
  const { subscribe, stop } = await setStage(t, { auth });
  const pending = subscribe().next();
  await asked.promise;
  stop.abort();
  assert.deepEqual(await pending, { value: undefined, done: true });
});

test("ends when aborted while it waits for a schema", async (t) => {
  const { bus, subscribe, stop, timing } = await setStage(t);
  bus.schemaFailures.push({ code: status.UNAVAILABLE });
  const pending = subscribe().next();
  (await bus.calls.take()).send({ events: [consumed(1)] });
  await timing.sleeps.take();
  stop.abort();
  assert.deepEqual(await pending, { value: undefined, done: true });
});

test("yields nothing more once aborted, even what has already arrived", async (t) => {
  const { bus, subscribe, stop, events } = await setStage(t);
  const items = subscribe();
  const pending = nextBatch(items);
  const call = await bus.calls.take();
  call.send({ events: [consumed(1)] });
  await pending;
  call.send({ events: [consumed(2)] });
  for (let seen = 0; seen < 2;) if ((await events.take()).name === "subscription:events:received") seen += 1;
  stop.abort();
  assert.deepEqual(await items.next(), { value: undefined, done: true });
});

test("cancels the call when the consumer stops iterating", async (t) => {
  const { bus, client, stop } = await setStage(t);
  const consume = async (): Promise<void> => {
    const options = { position: { kind: "earliest" }, capacity: () => 5, signal: stop.signal } as const;
    for await (const item of client.subscribe(topic, options)) if (item.kind === "batch") break;
  };
  const consumer = consume();
  const call = await bus.calls.take();
  call.send({ events: [consumed(1)] });
  await consumer;
  await call.over.promise;
});

test("closing the client ends its subscriptions and refuses new calls", async (t) => {
  const { bus, client, subscribe } = await setStage(t);
  const pending = subscribe().next();
  const call = await bus.calls.take();
  client.close();
  assert.deepEqual(await pending, { value: undefined, done: true });
  await call.over.promise;
  await assert.rejects(client.getSchema(schemaId), { code: "client_closed" });
});

test("a listener that throws does not disturb the subscription", async (t) => {
  const stage = await setStage(t);
  stage.told.push = () => {
    throw new Error("listener");
  };
  const pending = nextBatch(stage.subscribe());
  (await stage.bus.calls.take()).send({ events: [consumed(1)] });
  assert.equal((await pending).events.length, 1);
});
