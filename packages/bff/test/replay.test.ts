import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { createPubSubClient } from "@sluice/pubsub";
import type { ClientEvent, PubSubClient, TokenSource } from "@sluice/pubsub";
import { systemClock } from "../src/clock.ts";
import { toIncoming } from "../src/intake/decode-batch.ts";
import { quarantineCommands } from "../src/intake/quarantine-commands.ts";
import { replayCommands } from "../src/intake/replay-commands.ts";
import type { ReplayDeps, ReplayRequest } from "../src/intake/replay-commands.ts";
import { firstStep } from "../src/provisioning/first-step.ts";
import { createConnection } from "../src/salesforce/connection.ts";
import { defaultMapping, standingOf } from "../src/salesforce/mapping.ts";
import { readApprovals } from "../src/salesforce/sweep-query.ts";
import { readEvent } from "../src/salesforce/read-event.ts";
import { admitWithin } from "../src/store/admit-within.ts";
import { admit } from "../src/store/admit.ts";
import { adoptAtFirstStart } from "../src/store/deployment.ts";
import { takePosition } from "../src/store/intake-position.ts";
import { takeLease } from "../src/store/lease.ts";
import type { Store } from "../src/store/store.ts";
import { openStore } from "../src/store/store.ts";
import { onEachDatabase, onPostgres } from "./support/databases.ts";
import type { TestDatabase } from "./support/databases.ts";
import { countRows, queues } from "./support/ledger.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const seed = join(root, "packages/org/seed");
const actor = { userId: "005Hs0000000001IAA" };
const { topic } = defaultMapping.event;
const never = new AbortController().signal;
const orders = [1, 2, 3, 4].map((n) => `801Hs000000000${n}IAA`);
const draft = "801Hs0000000005IAA";
const hidden = "801000000000001AAA";

/** One org for all: four orders are approved in it, and each test has a store of its own. */
let org: RunningOrg;
let client: PubSubClient;
let lastReplayId: Uint8Array;

before(async () => {
  org = await startOrg({
    metadataDirs: [join(root, "salesforce/core"), join(root, "salesforce/demo")],
    seedFiles: readdirSync(seed).map((name) => join(seed, name)),
  });
  for (const id of orders) org.core.update(actor, "Order", id, { Status: "Approved" });
  client = openClient(() => undefined);
  lastReplayId = org.core.bus.read(topic, 0, 100).at(-1)?.replayId ?? new Uint8Array();
});

after(async () => {
  client.close();
  await org.close();
});

const sessions: TokenSource = {
  get: async () => {
    const { accessToken, instanceUrl, tenantId } = org.signIn();
    return { accessToken, instanceUrl, orgId: tenantId };
  },
  invalidate: () => undefined,
};

function openClient(onEvent: (event: ClientEvent) => void): PubSubClient {
  return createPubSubClient({
    endpoint: org.pubsubEndpoint,
    ca: readFileSync(org.caFile),
    auth: sessions,
    onEvent,
  });
}

const read = (payload: Readonly<Record<string, unknown>>) => readEvent(payload, defaultMapping, org.orgId);

function depsOf(store: Store, changes: Partial<ReplayDeps> = {}): ReplayDeps {
  return {
    ...systemClock,
    store,
    topic,
    openClient,
    patience: { usualMs: 4_000, hurryMs: 400 },
    holder: "test",
    orgId: () => org.orgId,
    readEvent: read,
    admit: (tx, batch) => admitWithin(tx, { firstStep }, batch),
    readApprovals: (ids, until) => readApprovals(createConnection({ sessions }), defaultMapping, ids, until),
    isApproved: (status) => standingOf(status, defaultMapping) === "approved",
    ...changes,
  };
}

/** A store that the stream brought the approvals of some orders; whatever became of the others. */
async function storeWith(database: TestDatabase, brought: readonly string[]) {
  const opened = await database.open();
  const store = await openStore(opened, queues);
  await adoptAtFirstStart(opened, org.orgId, "2026-01-01T00:00:00.000Z");
  const { epoch } = await takePosition(opened, org.orgId, topic, 1);
  const stopping = new AbortController();
  const items = client.subscribe(topic, { position: { kind: "earliest" }, signal: stopping.signal });
  let missing = orders.length;
  for await (const item of items) {
    assert.ok(item.kind === "batch");
    const events = item.events
      .map((event) => toIncoming(event, read))
      .filter((event) => event.kind === "request" && brought.includes(event.request.orderId));
    const receivedAt = new Date(item.receivedAtMs).toISOString();
    const { position } = item;
    await admit(
      { store, firstStep },
      { orgId: org.orgId, topic, source: "stream", epoch, events, position, receivedAt },
    );
    missing -= item.events.length;
    if (missing <= 0) break;
  }
  stopping.abort();
  return store;
}

async function replayOn(
  store: Store,
  request: ReplayRequest,
  dryRun: boolean,
  changes: Partial<ReplayDeps> = {},
) {
  const told: Readonly<Record<string, unknown>>[] = [];
  const ordered = { actor: "cli:ana", dryRun };
  const tell = (progress: Readonly<Record<string, unknown>>) => told.push(progress);
  const done = await replayCommands(depsOf(store, changes)).replay(request, ordered, tell, never);
  return { ...done, told };
}

async function cursorOf(store: Store): Promise<unknown> {
  const { rows } = await store.query("SELECT encode(replay_id, 'hex') AS id, epoch, updated_at FROM cursor");
  return rows;
}

async function actsOf(store: Store) {
  const { rows } = await store.query<{ kind: string; detail: Record<string, unknown> }>(
    "SELECT kind, detail FROM journal WHERE order_id IS NULL ORDER BY seq",
  );
  return rows;
}

const earliest: ReplayRequest = { kind: "stream", place: { kind: "earliest" } };

onEachDatabase(
  "admits what the inbox lacks, moves no position, and says before what it will do",
  async (database) => {
    const [first = "", second = "", third = "", fourth = ""] = orders;
    const store = await storeWith(database, [first, third]);
    const cursor = await cursorOf(store);
    const preview = await replayOn(store, earliest, true);
    assert.ok(preview.replayed === "stream");
    assert.deepEqual(
      [
        preview.result.read,
        preview.result.outcomes.known,
        preview.result.outcomes.started,
        preview.result.end,
      ],
      [4, 2, 2, "caught_up"],
    );
    assert.equal(await countRows(store, "inbox"), 2);
    assert.equal(await countRows(store, "job"), 2);
    assert.deepEqual(await actsOf(store), [], "a preview leaves nothing");

    const replay = await replayOn(store, earliest, false);
    assert.deepEqual(replay.result, { ...preview.result, dryRun: false });
    assert.deepEqual(replay.told.at(-1)?.["delivered"], 4);
    const { rows } = await store.query(
      "SELECT order_id FROM inbox WHERE source = 'replay' ORDER BY inbox_id",
    );
    assert.deepEqual(rows, [{ order_id: second }, { order_id: fourth }]);
    assert.equal(await countRows(store, "job"), 4);
    assert.deepEqual(await cursorOf(store), cursor);
    const acts = await actsOf(store);
    assert.deepEqual(
      acts.map(({ kind }) => kind),
      ["replay_started", "replayed"],
    );
    assert.equal(acts[1]?.detail["started"], 2);

    const again = await replayOn(store, earliest, false);
    assert.equal(again.result.outcomes.known, 4);
    assert.equal(await countRows(store, "job"), 4);
    await store.close();
  },
);

onPostgres(
  "begins where it is told to, and refuses a place that Salesforce does not know",
  async (database) => {
    const store = await storeWith(database, orders);
    const events = org.core.bus.read(topic, 0, 100);
    const replayId = events[1]?.replayId ?? new Uint8Array();
    const after = await replayOn(store, { kind: "stream", place: { kind: "after", replayId } }, true);
    assert.ok(after.replayed === "stream");
    assert.deepEqual([after.result.read, after.result.after], [2, Buffer.from(replayId).toString("hex")]);

    // The newest event is the end: nothing follows, and after a while that is certain.
    const newest = await replayOn(
      store,
      { kind: "stream", place: { kind: "after", replayId: lastReplayId } },
      true,
    );
    assert.ok(newest.replayed === "stream");
    assert.deepEqual([newest.result.read, newest.result.end], [0, "drained"]);

    const before = await replayOn(
      store,
      { kind: "stream", place: { kind: "at", at: "2026-01-01T00:00:00Z" } },
      true,
    );
    assert.ok(before.replayed === "stream");
    assert.deepEqual([before.result.read, before.result.after], [4, null]);

    const foreign = Buffer.from("ffffffffffffff", "hex");
    await assert.rejects(
      replayOn(store, { kind: "stream", place: { kind: "after", replayId: foreign } }, false),
      {
        kind: "conflict",
        code: "replay_id_rejected",
        message: /ffffffffffffff.+Nothing was replayed from there/,
      },
    );
    assert.deepEqual(await actsOf(store), []);
    assert.equal(await countRows(store, "gap"), 0);
    await store.close();
  },
);

onPostgres("reads orders by their ids, and says which it may not start", async (database) => {
  const [first = "", second = ""] = orders;
  const store = await storeWith(database, [first]);
  const request: ReplayRequest = { kind: "orders", orderIds: [first, second, draft, hidden] };
  const preview = await replayOn(store, request, true);
  assert.equal(await countRows(store, "order_revision"), 1);
  const replay = await replayOn(store, request, false);
  assert.deepEqual(replay.result, { ...preview.result, dryRun: false });
  assert.ok(replay.replayed === "orders");
  assert.deepEqual([replay.result.outcomes.known, replay.result.outcomes.started], [1, 1]);
  assert.deepEqual([replay.result.notApproved, replay.result.invisible], [[draft], [hidden]]);
  const { rows } = await store.query("SELECT event_id, source FROM inbox WHERE order_id = $1", [second]);
  assert.deepEqual(rows, [{ event_id: `sweep-${second}-1-P`, source: "sweep" }]);

  // The event that comes late is the same request.
  const late = await replayOn(store, earliest, false);
  assert.equal(late.result.outcomes.duplicates, 1);
  await store.close();
});

onPostgres("runs one replay at a time, and leaves alone what a person discarded", async (database) => {
  const store = await storeWith(database, []);
  const lease = { orgId: org.orgId, name: "replay" };
  await takeLease(store.database, lease, "another process", 60_000, false);
  await assert.rejects(replayOn(store, earliest, true), { kind: "conflict", code: "replay_running" });
  await store.query("DELETE FROM lease");

  // By a mapping that reads another field nothing makes sense; by today's all of it does.
  const renamed = structuredClone(defaultMapping) as { event: { fields: { orderId: string } } };
  renamed.event.fields.orderId = "Order__c";
  const wrongly = {
    readEvent: (payload: object) => readEvent({ ...payload }, renamed as typeof defaultMapping),
  };
  const quarantined = await replayOn(store, earliest, false, wrongly);
  assert.equal(quarantined.result.outcomes.quarantined, 4);
  const commands = quarantineCommands({ ...depsOf(store), client });
  const ordered = { actor: "cli:ana", dryRun: false };
  await commands.discard(await commands.choose({ kind: "named", ids: [1] }), { ...ordered, note: "a test" });
  const chosen = await commands.choose({ kind: "named", ids: [2] });
  const one = await commands.reinject(chosen, { ...ordered, note: null }, () => undefined, never);
  assert.equal(one.outcomes.started, 1, "decoded again by the schema that Salesforce keeps");

  const replay = await replayOn(store, earliest, false);
  const { inQuarantine, known, started } = replay.result.outcomes;
  assert.deepEqual({ inQuarantine, known, started }, { inQuarantine: 1, known: 1, started: 2 });
  assert.deepEqual(await commands.count(), [
    { state: "discarded", reason: "invalid", events: 1 },
    { state: "reinjected", reason: "invalid", events: 3 },
  ]);
  await store.close();
});
