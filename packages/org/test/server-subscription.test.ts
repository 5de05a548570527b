import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcFailure } from "../src/pubsub-server/rpc-failure.ts";
import { Subscription } from "../src/pubsub-server/subscription.ts";
import { takeBatch } from "../src/pubsub-server/take-batch.ts";
import type { FetchRequest, FetchResponse } from "../src/pubsub-server/wire-types.ts";
import { fakeCore, fakeTopic } from "./server-fake-core.ts";

const unlimited = {
  batchSize: () => 100,
  allowance: { remaining: () => 1_000, onExhausted: () => () => undefined },
  refusesOverflow: false,
  checkRight: () => undefined,
};

/** A subscription whose timers fire when the test says so. */
function open() {
  const core = fakeCore();
  const sent: FetchResponse[] = [];
  const timers: { readonly delayMs: number; readonly fire: () => void }[] = [];
  let delivered = 0;
  let ended = 0;
  let isReading = true;
  const subscription = new Subscription(
    core.bus,
    {
      send: (response) => {
        sent.push(response);
        return isReading;
      },
      end: () => {
        ended += 1;
      },
      fail: (reason) => {
        throw reason;
      },
    },
    {
      orgId: core.orgId,
      rpcId: "rpc",
      keepaliveMs: 270,
      zeroCreditCloseMs: 60,
      startTimer: (delayMs, fire) => {
        const timer = { delayMs, fire };
        timers.push(timer);
        return () => {
          const index = timers.indexOf(timer);
          if (index >= 0) timers.splice(index, 1);
        };
      },
      onDelivered: (count) => {
        delivered += count;
      },
      ...unlimited,
    },
  );
  return {
    core,
    subscription,
    sent,
    timers,
    delivered: () => delivered,
    ended: () => ended,
    setReading: (value: boolean) => {
      isReading = value;
    },
    fireTimer: () => {
      const [timer] = timers.splice(0);
      assert.ok(timer);
      timer.fire();
    },
  };
}

function fetchRequest(values: Partial<FetchRequest>): FetchRequest {
  return {
    topicName: fakeTopic,
    replayPreset: "LATEST",
    replayId: Buffer.alloc(0),
    numRequested: 1,
    ...values,
  };
}

function isFailure(code: string): (reason: unknown) => boolean {
  return (reason) => reason instanceof RpcFailure && reason.code === code;
}

test("nothing is sent beyond the credit, and later requests add to it", () => {
  const { core, subscription, sent, delivered } = open();
  subscription.receive(fetchRequest({ numRequested: 2 }));
  for (const text of ["1", "2", "3", "4"]) core.ping(text);
  assert.deepEqual(
    sent.map((response) => [response.events.length, response.pendingNumRequested]),
    [
      [1, 1],
      [1, 0],
    ],
  );
  subscription.receive(fetchRequest({ topicName: "", numRequested: 5 }));
  assert.deepEqual([sent[2]?.events.length, sent[2]?.pendingNumRequested], [2, 3]);
  assert.equal(delivered(), 4);
});

test("credit is capped at 100", () => {
  const { core, subscription, sent } = open();
  subscription.receive(fetchRequest({ numRequested: 80 }));
  subscription.receive(fetchRequest({ numRequested: 80 }));
  core.ping("1");
  assert.equal(sent[0]?.pendingNumRequested, 99);
});

test("EARLIEST starts at the oldest event, CUSTOM after the given one, LATEST at the next", () => {
  const { core, subscription, sent } = open();
  const events = ["1", "2", "3"].map((text) => core.ping(text));
  subscription.receive(fetchRequest({ replayPreset: "EARLIEST", numRequested: 100 }));
  assert.deepEqual(
    sent.flatMap((response) => response.events.map((event) => event.event.id)),
    events.map((event) => event.eventId),
  );
  assert.deepEqual(sent[0]?.latestReplayId, events[2]?.replayId);

  const custom: FetchResponse[] = [];
  const second = new Subscription(
    core.bus,
    { send: (response) => custom.push(response) > 0, end: () => undefined, fail: assert.fail },
    silent,
  );
  second.receive(
    fetchRequest({
      replayPreset: "CUSTOM",
      replayId: events[0]?.replayId ?? Buffer.alloc(0),
      numRequested: 100,
    }),
  );
  assert.deepEqual(
    custom[0]?.events.map((event) => event.event.id),
    [events[1]?.eventId, events[2]?.eventId],
  );
});

const silent = {
  orgId: "00D000000000001EAA",
  rpcId: "rpc",
  keepaliveMs: 1,
  zeroCreditCloseMs: 1,
  startTimer: () => () => undefined,
  onDelivered: () => undefined,
  ...unlimited,
};

test("a keepalive carries the newest id of the bus, which other topics move on", () => {
  const { core, subscription, sent, timers, fireTimer } = open();
  subscription.receive(fetchRequest({ numRequested: 7 }));
  assert.deepEqual(
    timers.map((timer) => timer.delayMs),
    [270],
  );
  core.moveOn();
  fireTimer();
  core.moveOn();
  fireTimer();
  assert.deepEqual(
    sent.map((response) => [response.events.length, response.pendingNumRequested]),
    [
      [0, 7],
      [0, 7],
    ],
  );
  assert.notDeepEqual(sent[0]?.latestReplayId, sent[1]?.latestReplayId);
  assert.deepEqual(sent[1]?.latestReplayId, core.bus.latest().replayId);
});

test("traffic on other topics does not put off the keepalive", () => {
  const { core, subscription, timers } = open();
  subscription.receive(fetchRequest({}));
  const [timer] = timers;
  core.moveOn();
  assert.equal(timers[0], timer);
});

test("a stream without credit is closed with OK, and a request in time saves it", () => {
  const { core, subscription, timers, fireTimer, ended } = open();
  subscription.receive(fetchRequest({ numRequested: 1 }));
  core.ping("1");
  assert.deepEqual(
    timers.map((timer) => timer.delayMs),
    [60],
  );
  subscription.receive(fetchRequest({ numRequested: 1 }));
  assert.deepEqual(
    timers.map((timer) => timer.delayMs),
    [270],
  );
  core.ping("2");
  fireTimer();
  assert.equal(ended(), 1);
  assert.deepEqual(timers, []);
});

test("a client that does not read gets nothing more until it reads again", () => {
  const { core, subscription, sent, setReading } = open();
  subscription.receive(fetchRequest({ numRequested: 10 }));
  setReading(false);
  core.ping("1");
  core.ping("2");
  core.ping("3");
  assert.equal(sent.length, 1);
  setReading(true);
  subscription.resume();
  assert.deepEqual(sent[1]?.events.length, 2);
});

test("after its end a subscription sends nothing and holds no timer", () => {
  const { core, subscription, sent, timers } = open();
  subscription.receive(fetchRequest({ numRequested: 10 }));
  subscription.close();
  core.ping("1");
  assert.deepEqual([sent.length, timers.length], [0, 0]);
});

const refused: readonly (readonly [name: string, request: Partial<FetchRequest>, code: string])[] = [
  ["no credit", { numRequested: 0 }, "subscription.fetch.requested.events.invalid"],
  ["a negative credit", { numRequested: -1 }, "subscription.fetch.requested.events.invalid"],
  ["no topic", { topicName: "" }, "topic.validation.empty"],
  ["an unknown topic", { topicName: "/event/ping__e" }, "topic.not.found"],
  ["CUSTOM without an id", { replayPreset: "CUSTOM" }, "subscription.fetch.replayid.validation.failed"],
  [
    "an id of another form",
    { replayPreset: "CUSTOM", replayId: Buffer.from("37771") },
    "subscription.fetch.replayid.corrupted",
  ],
];

for (const [name, request, code] of refused) {
  test(`a first request with ${name} is refused with ${code}`, () => {
    const { subscription } = open();
    assert.throws(() => {
      subscription.receive(fetchRequest(request));
    }, isFailure(code));
  });
}

test("the topic cannot change on a stream, and later replay fields are ignored", () => {
  const { core, subscription, sent } = open();
  core.ping("before");
  subscription.receive(fetchRequest({ numRequested: 1 }));
  subscription.receive(fetchRequest({ replayPreset: "EARLIEST" }));
  assert.equal(sent.length, 0);
  assert.throws(() => {
    subscription.receive(fetchRequest({ topicName: "/event/Other__e" }));
  }, isFailure("subscription.fetch.topic.mismatch"));
});

test("a response stays below 3 MB and holds at least one event", () => {
  const event = { ...fakeCore().ping("1"), payload: Buffer.alloc(1_000_000) };
  assert.equal(takeBatch([event, event, event, event]).length, 2);
  assert.equal(takeBatch([{ ...event, payload: Buffer.alloc(4_000_000) }, event]).length, 1);
  assert.equal(takeBatch([event]).length, 1);
  assert.equal(takeBatch([]).length, 0);
});
