import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { after, before, test } from "node:test";
import type { ClientEvents } from "../../src/index.ts";
import { openEmulatedOrg, topic } from "../emulated-org.ts";
import type { EmulatedOrg } from "../emulated-org.ts";
import { Listener, Reading, idsOf, until, untilIdle } from "./reading.ts";

let emulated: EmulatedOrg;
before(async () => {
  emulated = await openEmulatedOrg({ pubsub: { publishStreamIdleMs: 70_000 } });
});
after(async () => {
  await emulated[Symbol.asyncDispose]();
});

const unavailable = { kind: "stream_failed", options: { code: "service.unavailable" } } as const;

test("a listener gets the events of its name, typed, until it is taken off", async () => {
  const client = emulated.open();
  const counts: number[] = [];
  const errors: (string | undefined)[] = [];
  const stopCounting = client.on("subscription:events:received", ({ count, outstanding }) => {
    counts.push(count + outstanding);
  });
  client.on("subscription:stream:ended", ({ error }: ClientEvents["subscription:stream:ended"]) => {
    errors.push(error?.serviceCode);
  });
  const reading = new Reading(emulated, { client });
  emulated.publish(["listener-1"]);
  await reading.untilEvents(1);
  assert.deepEqual(counts, [100]);
  stopCounting();
  stopCounting();
  emulated.org.strike(unavailable, {});
  emulated.publish(["listener-2"]);
  await reading.untilEvents(2, 50);
  assert.deepEqual(counts, [100]);
  assert.deepEqual(errors, ["service.unavailable"]);
  await reading.stop();
});

test("tools listen on a diagnostics channel of each event's name, without touching the code", async () => {
  const heard: unknown[] = [];
  const name = "sluice-pubsub:subscription:events:received";
  const listen = (message: unknown): void => {
    heard.push(message);
  };
  subscribe(name, listen);
  const reading = new Reading(emulated);
  emulated.publish(["channel-1"]);
  await reading.untilEvents(1);
  unsubscribe(name, listen);
  assert.deepEqual(heard, [{ name: "subscription:events:received", topic, count: 1, outstanding: 99 }]);
  emulated.publish(["channel-2"]);
  await reading.untilEvents(2);
  assert.equal(heard.length, 1);
  await reading.stop();
});

test("a listener that throws disturbs neither the subscription nor the other listeners", async () => {
  let isThrowing = false;
  const fail = (): void => {
    isThrowing = true;
    throw new Error("a listener's own affair");
  };
  const client = emulated.open({ onEvent: fail });
  const others: string[] = [];
  client.on("subscription:events:received", fail);
  client.on("subscription:events:received", ({ name }) => others.push(name));
  client.on("subscription:stream:ended", fail);
  client.on("subscription:retry:scheduled", fail);
  const reading = new Reading(emulated, { client });
  emulated.publish(["throwing-1"]);
  await reading.untilEvents(1);
  emulated.org.strike(unavailable, {});
  emulated.publish(["throwing-2"]);
  await reading.untilEvents(2, 50);
  assert.ok(isThrowing);
  assert.equal(others.length, 2);
  assert.deepEqual(reading.ids, idsOf("throwing", 1, 2));
  await reading.stop();
});

test("an error of the consumer's own is thrown to the consumer, and ends its stream at the org", async () => {
  const reading = new Reading(emulated, {
    work: () => {
      throw new TypeError("a bug in the handler");
    },
  });
  emulated.publish(["handler-1"]);
  await reading.untilOver();
  assert.equal(String(reading.failure), "TypeError: a bug in the handler");
  await untilIdle(emulated);
});

test("retryNow cuts a wait of minutes short, for every subscription that waits", async () => {
  const { org } = emulated;
  const readings = [new Reading(emulated), new Reading(emulated)] as const;
  emulated.publish(["retry-1"]);
  for (const reading of readings) await reading.untilEvents(1);
  org.strike({ kind: "stream_failed", options: { code: "subscription.limit.exceeded" } }, {});
  for (const reading of readings) {
    const { delayMs } = await reading.untilTold("subscription:retry:scheduled");
    assert.equal(delayMs, 225_000);
  }
  emulated.publish(["retry-2"]);
  const before = org.clock.now();
  for (const { client } of readings) client.retryNow();
  for (const reading of readings) await reading.untilEvents(2);
  assert.equal(org.clock.now(), before, "no time has passed");
  for (const reading of readings) {
    assert.deepEqual(reading.ids, idsOf("retry", 1, 2));
    await reading.stop();
  }
});

function publishStreams(): number {
  return emulated.org.streams.list().filter(({ rpc }) => rpc === "PublishStream").length;
}

test("a publish stream that idles for an hour is closed before it is swept, and the next publish opens another", async () => {
  const listener = new Listener();
  const client = emulated.open({ onEvent: listener.onEvent });
  const reading = new Reading(emulated);
  const stream = client.openPublishStream(topic);
  const [first] = await stream.publishBatch([{ payload: { Sensor__c: "a" }, id: "idle-1" }]);
  assert.equal(first?.kind, "published");
  assert.equal(publishStreams(), 1);
  await emulated.advance(3_600_000, 1_000);
  assert.equal(publishStreams(), 0);
  assert.deepEqual(listener.all("publish:stream:ended"), [
    { name: "publish:stream:ended", topic, error: null },
  ]);
  const [second] = await stream.publishBatch([{ payload: { Sensor__c: "b" }, id: "idle-2" }]);
  assert.equal(second?.kind, "published");
  await reading.untilEvents(2, 50);
  assert.deepEqual(reading.ids, ["idle-1", "idle-2"]);
  await stream.close();
  await reading.stop();
});

test("a publish stream that is reset while it idles crashes nothing, and the next publish goes through", async () => {
  const listener = new Listener();
  const client = emulated.open({ onEvent: listener.onEvent });
  const stream = client.openPublishStream(topic);
  await stream.publishBatch([{ payload: {}, id: "reset-1" }]);
  emulated.org.strike({ kind: "stream_rst" }, { rpc: "PublishStream" });
  await until(emulated, () => listener.all("publish:stream:ended").length === 1, "the end");
  assert.equal(listener.all("publish:stream:ended")[0]?.error?.code, "service_unavailable");
  const [result] = await stream.publishBatch([{ payload: {}, id: "reset-2" }]);
  assert.equal(result?.kind, "published");
  await stream.close();
});
