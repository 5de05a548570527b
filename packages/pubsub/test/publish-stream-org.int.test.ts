import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { ClientEvents, PubSubClient, PublishResult } from "../src/index.ts";
import { openEmulatedOrg, topic } from "./emulated-org.ts";
import type { EmulatedOrg } from "./emulated-org.ts";
import { Mailbox } from "./mailbox.ts";

type Stage = EmulatedOrg & {
  readonly client: PubSubClient;
  /** Publish streams that ended, as the client tells it. */
  readonly ended: Mailbox<ClientEvents["publish:stream:ended"]>;
  readonly opened: () => number;
};

async function open(
  t: TestContext,
  pubsub: NonNullable<Parameters<typeof openEmulatedOrg>[0]>["pubsub"] = {},
) {
  const org = await openEmulatedOrg({ pubsub });
  t.after(() => org[Symbol.asyncDispose]());
  const client = org.open();
  const ended = new Mailbox<ClientEvents["publish:stream:ended"]>();
  let opened = 0;
  client.on("publish:stream:ended", (event) => {
    ended.put(event);
  });
  client.on("publish:stream:opened", () => {
    opened += 1;
  });
  const stage: Stage = { ...org, client, ended, opened: () => opened };
  return stage;
}

const event = (id: string) => ({ id, payload: { Sensor__c: id } });
const many = (name: string, count: number) =>
  Array.from({ length: count }, (_unused, index) => event(`${name}-${index}`));
const kinds = (results: readonly PublishResult[]) => results.map(({ kind }) => kind);
const onBus = ({ org }: EmulatedOrg) => org.core.bus.read(topic, -1, 10_000).map(({ eventId }) => eventId);

/** Lets a fault bite when the first events are published, before they are answered. */
function armBeforeAnswer(
  { org }: EmulatedOrg,
  kind: "stream_rst" | "tcp_cut" | "stream_end_ok" | "half_open",
) {
  const match = { rpc: "PublishStream", at: "response" };
  org.faults.arm({ kind, schedule: { kind: "times", times: 1 }, match, options: {} });
}

test("batches that overlap keep their order, those of several requests too", async (t) => {
  const stage = await open(t);
  await using stream = stage.client.openPublishStream(topic);
  const batches = [many("a", 450), many("b", 1), many("c", 201), many("d", 3)];
  const results = await Promise.all(batches.map((events) => stream.publishBatch(events)));
  assert.ok(results.flat().every(({ kind }) => kind === "published"));
  const ids = batches.flat().map(({ id }) => id);
  assert.deepEqual(onBus(stage), ids);
  assert.deepEqual(
    results.flat().map(({ id }) => id),
    ids,
  );
  assert.equal(stage.opened(), 1);
});

test("asks for the topic and its schema once, however many batches start together", async (t) => {
  const { client, org } = await open(t);
  const calls = (rpc: string) =>
    org.faults.arm({
      kind: "rpc_slow",
      schedule: { kind: "times", times: 100 },
      match: { rpc },
      options: { delayMs: 0 },
    });
  const armed = [calls("GetTopic"), calls("GetSchema")];
  await using stream = client.openPublishStream(topic);
  const publishing = Promise.all(many("a", 20).map((each) => stream.publishBatch([each])));
  const isDone = publishing.then(() => true);
  while (!(await Promise.race([isDone, turn(false)]))) org.clock.advance(1);
  const hits = armed.map(({ id }) => org.faults.list().find((fault) => fault.id === id)?.hits);
  assert.deepEqual(hits, [1, 1]);
});

test("an idle stream is closed before it would be swept, and the next publish opens another one", async (t) => {
  const stage = await open(t, { publishStreamIdleMs: 70_000 });
  await using stream = stage.client.openPublishStream(topic);
  await stream.publishBatch([event("first")]);
  await stage.advance(49_000);
  assert.equal(stage.ended.rest.length, 0);
  await stage.advance(2_000);
  assert.deepEqual(await stage.ended.take(), { name: "publish:stream:ended", topic, error: null });
  await stage.advance(30_000);
  assert.deepEqual(kinds(await stream.publishBatch([event("second")])), ["published"]);
  assert.equal(stage.opened(), 2);
  assert.deepEqual(onBus(stage), ["first", "second"]);
});

test("a stream that the service sweeps is told, and disturbs nobody", async (t) => {
  const stage = await open(t, { publishStreamIdleMs: 10_000 });
  await using stream = stage.client.openPublishStream(topic);
  await stream.publishBatch([event("first")]);
  await stage.advance(10_500);
  const { error } = await stage.ended.take();
  assert.equal(error?.serviceCode, "publish.stream.sweeper.timeout");
  assert.equal(error.code, "stream_inconsistent");
  assert.deepEqual(kinds(await stream.publishBatch([event("second")])), ["published"]);
});

for (const [kind, code] of [
  ["stream_rst", "service_unavailable"],
  ["tcp_cut", "service_unavailable"],
  ["stream_end_ok", "stream_ended"],
  ["half_open", "stream_silent"],
] as const) {
  test(`${kind}: each event has a result, and publishing again lets a subscriber tell duplicates`, async (t) => {
    const stage = await open(t);
    await using stream = stage.client.openPublishStream(topic);
    await stream.publishBatch([event("before")]);
    armBeforeAnswer(stage, kind);
    const batches = [[event("one"), event("two")], [event("three")], [event("four")]];
    const publishing = Promise.all(batches.map((events) => stream.publishBatch(events)));
    if (kind === "half_open") {
      while (stage.org.faults.list().length > 0) await turn();
      await stage.advance(31_500);
    }
    const results = (await publishing).flat();
    const ids = ["one", "two", "three", "four"];
    assert.deepEqual(
      results.map((result) => [result.id, result.kind === "failed" && result.mayBePublished]),
      ids.map((id) => [id, true]),
    );
    const [first] = results;
    assert.equal(first?.kind === "failed" && first.error.code, code);
    assert.equal((await stage.ended.take()).error?.code, code);

    const again = await stream.publishBatch(batches.flat());
    assert.ok(again.every(({ kind: outcome }) => outcome === "published"));
    const seen = new Set<string>();
    let copies = 0;
    for await (const item of stage.client.subscribe(topic)) {
      if (item.kind !== "batch") continue;
      for (const { id } of item.events) {
        if (seen.has(id)) copies += 1;
        seen.add(id);
      }
      if (copies >= 2) break;
    }
    assert.deepEqual([...seen], ["before", ...ids]);
    assert.ok(copies >= 2, "the first batch had reached the bus");
  });
}

test("a refused session is replaced before anything is published, in order and once", async (t) => {
  const stage = await open(t);
  await stage.client.publish(topic, { Sensor__c: "s" }, { id: "before" });
  stage.auth.spoil();
  await using stream = stage.client.openPublishStream(topic);
  const batches = [many("a", 201), many("b", 2)];
  const results = (await Promise.all(batches.map((events) => stream.publishBatch(events)))).flat();
  assert.ok(results.every(({ kind }) => kind === "published"));
  assert.equal(stage.auth.signIns(), 2);
  assert.deepEqual(onBus(stage), ["before", ...batches.flat().map(({ id }) => id)]);
});

test("a stream that loses its session after an answer leaves the rest in doubt and repeats nothing", async (t) => {
  const stage = await open(t);
  await using stream = stage.client.openPublishStream(topic);
  await stream.publishBatch([event("before")]);
  stage.org.faults.arm({
    kind: "stream_failed",
    schedule: { kind: "times", times: 1 },
    match: { rpc: "PublishStream", at: "response" },
    options: { code: "service.auth.error" },
  });
  const [result] = await stream.publishBatch([event("one")]);
  assert.ok(result?.kind === "failed" && result.mayBePublished);
  assert.equal(result.error.code, "session_rejected");
  assert.deepEqual(onBus(stage), ["before", "one"], "the service had taken it");
  assert.deepEqual(kinds(await stream.publishBatch([event("two")])), ["published"]);
  assert.equal(stage.auth.signIns(), 2);
});

test("a topic that may not be published to is refused, and nothing is in doubt", async (t) => {
  const stage = await open(t, { denied: [{ topic, right: "publish" }] });
  await using stream = stage.client.openPublishStream(topic);
  const [result] = await stream.publishBatch([event("one")]);
  assert.ok(result?.kind === "failed" && !result.mayBePublished);
  assert.equal(result.error.code, "permission_denied");
});

test("close waits for the answers, even of what still waits for its schema, and refuses what comes later", async (t) => {
  const stage = await open(t);
  const stream = stage.client.openPublishStream(topic);
  const publishing = [stream.publishBatch(many("a", 201)), stream.publishBatch(many("b", 1))];
  await stream.close();
  assert.ok((await Promise.all(publishing)).flat().every(({ kind }) => kind === "published"));
  assert.equal((await stage.ended.take()).error, null);
  await assert.rejects(stream.publishBatch([event("late")]), {
    message: "[client_closed] /event/Reading__e: the publish stream was closed. Open another one.",
  });
  await stream.close();
  assert.equal(onBus(stage).length, 202);
});

test("close waits no longer than 30 s for a service that does not end the stream", async (t) => {
  const stage = await open(t);
  const stream = stage.client.openPublishStream(topic);
  await stream.publishBatch([event("one")]);
  stage.org.strike({ kind: "half_open" }, { rpc: "PublishStream" });
  const closing = stream.close();
  await turn();
  await stage.advance(31_500);
  await closing;
  assert.equal((await stage.ended.take()).error, null);
});

test("closing the client leaves what is on its way in doubt", async (t) => {
  const stage = await open(t);
  const stream = stage.client.openPublishStream(topic);
  await stream.publishBatch([event("before")]);
  armBeforeAnswer(stage, "half_open");
  const publishing = stream.publishBatch([event("one")]);
  while (stage.org.faults.list().length > 0) await turn();
  stage.client.close();
  const [result] = await publishing;
  assert.ok(result?.kind === "failed" && result.mayBePublished);
  assert.equal(
    result.error.message,
    "[client_closed] /event/Reading__e: the publish stream was closed. Open another one.",
  );
});
