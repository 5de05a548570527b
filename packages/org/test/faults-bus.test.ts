import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import type { FaultKind } from "../src/faults/fault-kinds.ts";
import { openFaultyOrg, eventsOn, publish, serveFaultyOrg, statusOf } from "./faults-harness.ts";
import {
  copyMetadata,
  objects,
  openTestOrg,
  operator,
  orderId,
  publishedEvents,
  setStatus,
  tempDir,
  topic,
} from "./core-harness.ts";
import type { OrgCore } from "../src/org-core.ts";
import { callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

function keysOf(core: OrgCore): readonly unknown[] {
  return publishedEvents(core, 1_000).map((event) => event["Request_Key__c"]);
}

test("without a fault events go to the bus as they are, and the log tells their ids", (t) => {
  const { core, log } = openFaultyOrg(t);
  const ids = [publish(core, "a"), publish(core, "b")];
  assert.deepEqual(
    eventsOn(core).map(({ eventId }) => eventId),
    ids,
  );
  assert.deepEqual(
    log.read({ kinds: ["event:published"] }).map(({ detail }) => detail),
    eventsOn(core).map(({ eventId, replayId }) => ({
      topic,
      eventId,
      replayId: Buffer.from(replayId).toString("hex"),
    })),
  );
});

test("a duplicate has the same event id and payload, a new replay id, and stands right after the original", (t) => {
  const { core, arm } = openFaultyOrg(t);
  arm("event_duplicate");
  publish(core, "a");
  publish(core, "b");
  const [first, second, third] = eventsOn(core);
  assert.deepEqual(keysOf(core), ["a", "a", "b"]);
  assert.equal(second?.eventId, first?.eventId);
  assert.notDeepEqual(second?.replayId, first?.replayId);
  assert.notEqual(third?.eventId, first?.eventId);
});

test("a publisher is answered once for each event, copies left out, even where its own ids repeat", (t) => {
  const { core, arm } = openFaultyOrg(t);
  const schemaId = core.bus.topic(topic)?.schemaId ?? "";
  const event = { id: "mine", schemaId, payload: new Uint8Array([1]) };
  arm("event_duplicate");
  const answered = core.bus.append(topic, [event, event]);
  assert.equal(answered.length, 2);
  const [first, , third] = eventsOn(core);
  assert.deepEqual(answered, [first, third]);
});

test("a lost event: the save stands, its event never comes, the next one does", (t) => {
  const { core, arm, log, clock } = openFaultyOrg(t);
  arm("event_lost");
  setStatus(core, "Approved");
  assert.equal(statusOf(core), "Approved");
  clock.advance(86_400_000);
  assert.deepEqual(keysOf(core), []);
  setStatus(core, "Draft");
  setStatus(core, "Approved");
  assert.deepEqual(keysOf(core), [`${orderId}-2-P`]);
  assert.equal(log.read({ kinds: ["event:lost"] }).length, 1);
});

test("a delayed event comes when the org's clock has gone on so far, and others pass it", (t) => {
  const { core, arm, clock } = openFaultyOrg(t);
  arm("event_delay", { options: { delayMs: 2_000 } });
  const id = publish(core, "late");
  publish(core, "other");
  clock.advance(1_999);
  assert.deepEqual(keysOf(core), ["other"]);
  clock.advance(1);
  assert.deepEqual(keysOf(core), ["other", "late"]);
  assert.equal(eventsOn(core)[1]?.eventId, id, "the id that its publisher was told");
});

test("reordered: the events of a request come after those of the next one, in their own order", (t) => {
  const { core, arm } = openFaultyOrg(t);
  arm("event_reorder");
  core.inOneTransaction(() => {
    publish(core, "a1");
    publish(core, "a2");
  });
  assert.deepEqual(keysOf(core), []);
  core.inOneTransaction(() => {
    publish(core, "b1");
    publish(core, "b2");
  });
  publish(core, "c");
  assert.deepEqual(keysOf(core), ["b1", "b2", "a1", "a2", "c"]);
});

test("while requests are reordered for a while, each second one goes first", (t) => {
  const { core, arm } = openFaultyOrg(t);
  arm("event_reorder", { times: 2 });
  for (const key of ["a", "b", "c", "d", "e"]) publish(core, key);
  assert.deepEqual(keysOf(core), ["b", "a", "d", "c", "e"]);
});

const callOffs: readonly (readonly [string, (org: ReturnType<typeof openFaultyOrg>, id: number) => void])[] =
  [
    ["is disarmed", ({ faults }, id) => faults.disarm(id)],
    ["is disarmed with all others", ({ faults }) => faults.disarmAll()],
    ["is over with its window", ({ clock }) => clock.advance(5_000)],
  ];

for (const [name, callOff] of callOffs) {
  test(`what a reorder holds goes to the bus when it ${name}`, (t) => {
    const org = openFaultyOrg(t);
    const { id } = org.arm("event_reorder", { forMs: 5_000 });
    const other = org.arm("event_reorder", { match: { topic: "/event/Other__e" } });
    publish(org.core, "a");
    org.faults.disarm(other.id);
    assert.deepEqual(keysOf(org.core), [], "another fault's end changes nothing");
    callOff(org, id);
    assert.deepEqual(keysOf(org.core), ["a"]);
  });
}

test("what is held or late survives a kill: held events come with the next start, late ones when they are due", (t) => {
  const databaseFile = join(tempDir(t), "killed.db");
  const killed = openFaultyOrg(t);
  killed.arm("event_reorder");
  publish(killed.core, "held");
  killed.arm("event_delay", { options: { delayMs: 5_000 } });
  publish(killed.core, "late");
  assert.deepEqual(keysOf(killed.core), []);
  // A copy is what a kill leaves behind.
  killed.core.state.copyTo(databaseFile);

  const { core, clock } = openFaultyOrg(t, { databaseFile });
  assert.deepEqual(keysOf(core), ["held"]);
  clock.advance(4_999);
  assert.deepEqual(keysOf(core), ["held"]);
  clock.advance(1);
  assert.deepEqual(keysOf(core), ["held", "late"]);
  core.close();
  assert.deepEqual(keysOf(openFaultyOrg(t, { databaseFile }).core), ["held", "late"]);
});

test("what is held or late is not lost when the org closes", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const { core, arm } = openFaultyOrg(t, { databaseFile });
  arm("event_delay");
  publish(core, "late");
  arm("event_reorder");
  publish(core, "held");
  assert.deepEqual(keysOf(core), []);
  core.close();
  assert.deepEqual(keysOf(openTestOrg(t, { databaseFile }).core), ["held", "late"]);
});

for (const kind of ["event_reorder", "event_delay", "event_lost", "event_duplicate"] as const) {
  test(`${kind}: events of a request that is rolled back never come, those of a part that is not do`, (t) => {
    const { core, arm, log, clock, faults } = openFaultyOrg(t);
    arm(kind, { times: 100 });
    assert.throws(() =>
      core.inOneTransaction(() => {
        publish(core, "undone");
        throw new Error("no");
      }),
    );
    core.inOneTransaction(() => {
      publish(core, "first");
      assert.throws(() =>
        core.inOneTransaction(() => {
          publish(core, "undone too");
          throw new Error("no");
        }),
      );
    });
    faults.disarmAll();
    clock.advance(60_000);
    const expected = { event_reorder: ["first"], event_delay: ["first"], event_lost: [] as string[] };
    assert.deepEqual(keysOf(core), kind === "event_duplicate" ? ["first", "first"] : expected[kind]);
    assert.equal(log.read({ kinds: ["event:lost"] }).length, kind === "event_lost" ? 1 : 0);
  });
}

test("the fate of a request that is rolled back is not that of the next one", (t) => {
  const { core, arm } = openFaultyOrg(t);
  arm("event_lost");
  assert.throws(() =>
    core.inOneTransaction(() => {
      publish(core, "undone");
      throw new Error("no");
    }),
  );
  publish(core, "next");
  assert.deepEqual(keysOf(core), ["next"]);
});

test("a fault for another topic touches nothing", (t) => {
  const { core, arm, faults } = openFaultyOrg(t);
  const kinds: readonly FaultKind[] = ["event_lost", "event_delay", "event_reorder", "event_duplicate"];
  for (const kind of kinds) arm(kind, { match: { topic: "/event/Other__e" } });
  setStatus(core, "Approved");
  assert.equal(eventsOn(core).length, 1);
  assert.equal(faults.list().length, kinds.length);
});

test("immediate events of one request keep together when they are reordered", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(
    `${objects}/OrderProvisionRequested__e/OrderProvisionRequested__e.object-meta.xml`,
    "PublishAfterCommit",
    "PublishImmediately",
  );
  const { core, arm } = openFaultyOrg(t, { metadataDirs: metadata.dirs });
  arm("event_reorder");
  core.inOneTransaction(() => {
    core.update(operator, "Order", orderId, { Status: "Approved" });
    core.update(operator, "Order", orderId, { Status: "Cancelled" });
  });
  assert.deepEqual(keysOf(core), []);
  publish(core, "next");
  assert.deepEqual(keysOf(core), ["next", `${orderId}-1-P`, `${orderId}-1-C`]);
});

test("a subscriber gets the duplicate of an approval made over REST", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  t.after(() => {
    client.close();
  });
  const session = org.signIn();
  const stream = openStream(client, callHeaders(session.accessToken, { tenantid: session.tenantId }));
  stream.request({ topicName: topic, replayPreset: "EARLIEST", numRequested: 2 });
  arm("event_duplicate", { match: { topic: "/event/OrderProvision*" } });
  assert.equal((await call("PATCH", `/sobjects/Order/${orderId}`, { Status: "Approved" })).status, 204);
  const events = [];
  while (events.length < 2) events.push(...(await stream.next()).events);
  const [first, second] = events;
  assert.equal(first?.event?.id, second?.event?.id);
  assert.notDeepEqual(first?.replayId, second?.replayId);
  stream.cancel();
});
