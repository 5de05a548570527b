import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { StatusObject } from "@grpc/grpc-js";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import type { ManagedFetchRequest } from "../src/pubsub-server/wire-types.ts";
import { operator, startMs, topic } from "./core-harness.ts";
import { serveProjectOrg } from "./project-org.ts";
import { fetchToken } from "./server-harness.ts";
import { callHeaders, followStream, openRawClient } from "./server-pubsub-client.ts";

async function connect(context: TestContext, pubsub: Partial<PubSubKnobs> = {}) {
  const org = await serveProjectOrg(context, { pubsub, time: { nowMs: startMs, rate: 0 } });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const headers = callHeaders(await fetchToken(org.url), { tenantid: org.orgId });
  const publish = (key: string): string =>
    org.core.publish(operator, "OrderProvisionRequested__e", {
      Order_Id__c: "801Hs0000000001IAA",
      Request_Key__c: key,
    });
  const subscriptions = org.core.managedSubscriptions;
  const config = {
    developerName: "Orders",
    label: "Orders",
    topicName: topic,
    defaultReplay: "EARLIEST",
    errorRecoveryReplay: "EARLIEST",
    state: "RUN",
    version: "67.0",
  } as const;
  const id = subscriptions.create(config);
  const open = (request: Partial<ManagedFetchRequest>) => {
    const stream = followStream(client.managedSubscribe(headers));
    stream.request(request);
    return stream;
  };
  return { org, publish, subscriptions, config, id, open };
}

function codeOf(ended: StatusObject): string {
  return String(ended.metadata.get("error-code")[0]).replace(
    "sfdc.platform.eventbus.grpc.managed.subscription.",
    "",
  );
}

const never = Buffer.from("000000000000000a0000", "hex");

test("commits ride on requests, are answered in the stream, and are where the next client starts", async (context) => {
  const { org, publish, subscriptions, id, open } = await connect(context);
  for (const key of ["1", "2", "3"]) publish(key);
  const stream = open({ developerName: "Orders", numRequested: 2 });
  const first = await stream.next();
  assert.deepEqual(
    [first.events.length, first.pendingNumRequested, first.commitResponse ?? null],
    [2, 0, null],
  );
  const [one, two] = first.events.map(({ replayId }) => replayId);
  assert.ok(one !== undefined && two !== undefined);
  stream.request({ numRequested: 0, commitReplayIdRequest: { commitRequestId: "a", replayId: one } });
  const { commitResponse, events } = await stream.next();
  assert.deepEqual(events, []);
  assert.deepEqual(
    [commitResponse?.commitRequestId, commitResponse?.replayId, commitResponse?.processTime],
    ["a", one, String(startMs)],
  );
  assert.equal(commitResponse?.error ?? null, null);
  assert.deepEqual(Buffer.from(subscriptions.get(id)?.committed ?? []), one);

  // The client is cut off before it committed the second event: it comes again, and so does the third.
  org.strike({ kind: "tcp_cut" }, { rpc: "ManagedSubscribe" });
  assert.equal((await stream.ended).code, status.UNAVAILABLE);
  const second = open({ subscriptionId: id.slice(0, 15), numRequested: 10 });
  const again = await second.next();
  assert.deepEqual(again.events[0]?.replayId, two);
  assert.equal(again.events.length, 2);
  second.cancel();
  await second.ended;
});

test("what is wrong with a commit is told in the stream, which goes on", async (context) => {
  const { publish, open } = await connect(context);
  for (const key of ["1", "2", "3"]) publish(key);
  const stream = open({ developerName: "Orders", numRequested: 2 });
  const [one, two] = (await stream.next()).events.map(({ replayId }) => replayId);
  assert.ok(one !== undefined && two !== undefined);
  const commit = async (replayId: Uint8Array) => {
    stream.request({ numRequested: 0, commitReplayIdRequest: { commitRequestId: "c", replayId } });
    const { commitResponse } = await stream.next();
    const error = commitResponse?.error ?? null;
    return error === null ? "committed" : `${error.code}: ${error.msg}`;
  };
  assert.equal(await commit(new Uint8Array()), "COMMIT: The commit has no replay id.");
  assert.equal(await commit(never), "COMMIT: The replay id is invalid or expired.");
  const third = Buffer.from(two);
  third.writeBigUInt64BE(third.readBigUInt64BE() + 5n);
  assert.equal(await commit(third), "COMMIT: The replay id was not delivered yet.");
  assert.equal(await commit(two), "committed");
  assert.equal(await commit(one), "COMMIT: The replay id is older than the committed one.");
  assert.equal(await commit(two), "committed");
  stream.request({ numRequested: 1 });
  assert.equal((await stream.next()).events.length, 1);
  stream.cancel();
  await stream.ended;
});

test("the latest id of a keepalive can be committed", async (context) => {
  const { org, subscriptions, id, open, publish } = await connect(context);
  const stream = open({ developerName: "Orders", numRequested: 5 });
  publish("1");
  await stream.next();
  org.clock.advance(60_000);
  const { events, latestReplayId } = await stream.next();
  assert.deepEqual(events, []);
  stream.request({
    numRequested: 0,
    commitReplayIdRequest: { commitRequestId: "k", replayId: latestReplayId },
  });
  assert.equal((await stream.next()).commitResponse?.error ?? null, null);
  assert.deepEqual(Buffer.from(subscriptions.get(id)?.committed ?? []), latestReplayId);
  stream.cancel();
  await stream.ended;
});

test("a commit without credit holds the stream as a request for events does", async (context) => {
  const { org, open, publish } = await connect(context);
  publish("1");
  const stream = open({ developerName: "Orders", numRequested: 1 });
  const { latestReplayId } = await stream.next();
  org.clock.advance(59_999);
  stream.request({
    numRequested: 0,
    commitReplayIdRequest: { commitRequestId: "k", replayId: latestReplayId },
  });
  await stream.next();
  org.clock.advance(59_999);
  assert.equal(org.streams.list().length, 1);
  org.clock.advance(1);
  assert.equal((await stream.ended).code, status.OK);
});

test("without a commit it starts at the default replay, with an invalid one at the recovery replay", async (context) => {
  const { org, publish, subscriptions, config, open } = await connect(context);
  publish("before");
  const latest = {
    ...config,
    developerName: "Late",
    defaultReplay: "LATEST",
    errorRecoveryReplay: "LATEST",
  } as const;
  subscriptions.create(latest);
  const recovering = subscriptions.create({
    ...latest,
    developerName: "Recovering",
    errorRecoveryReplay: "EARLIEST",
  });
  subscriptions.commit(recovering, never);
  const late = open({ developerName: "Late", numRequested: 1 });
  const recovered = open({ developerName: "Recovering", numRequested: 1 });
  const old = await recovered.next();
  assert.equal(old.events.length, 1);
  while (org.streams.list().some(({ topic: known }) => known === null)) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  publish("after");
  const [event] = (await late.next()).events;
  assert.notDeepEqual(event?.replayId, old.events[0]?.replayId);
  for (const stream of [late, recovered]) {
    stream.cancel();
    await stream.ended;
  }
});

const commitRequest = { commitRequestId: "c", replayId: never };
type Refusal = readonly [name: string, request: Partial<ManagedFetchRequest>, code: string];
const refusals: readonly Refusal[] = [
  ["neither id nor name", { numRequested: 1 }, "id.or.developer.name.empty"],
  [
    "both id and name",
    { subscriptionId: "18xHs0000000000", developerName: "Orders" },
    "id.or.developer.name.empty",
  ],
  ["an id of another form", { subscriptionId: "18x1" }, "subscription.id.invalid"],
  ["an unknown id", { subscriptionId: "18xHs0000000000" }, "subscription.id.not.found"],
  ["an unknown name", { developerName: "orders" }, "developer.name.not.found"],
  ["a negative count", { developerName: "Orders", numRequested: -1 }, "fetch.request.events.invalid"],
  [
    "a commit",
    { developerName: "Orders", commitReplayIdRequest: commitRequest },
    "fetch.request.commit.request.restricted",
  ],
  ["an auth refresh", { developerName: "Orders", authRefresh: "x" }, "fetch.request.auth.request.restricted"],
];

test("a first request that is wrong is refused with its own code", async (context) => {
  const { open } = await connect(context);
  for (const [name, request, code] of refusals) {
    const ended = await open(request).ended;
    assert.equal(codeOf(ended), code, name);
    assert.deepEqual(ended.metadata.get("type"), ["ManagedSubscribe"]);
  }
});

test("a later request without credit, commit and refresh is refused, and so is a negative count", async (context) => {
  const { open } = await connect(context);
  for (const [request, code] of [
    [{ numRequested: 0 }, "fetch.request.invalid"],
    [{ numRequested: -5 }, "fetch.request.events.invalid"],
  ] as const) {
    const stream = open({ developerName: "Orders", numRequested: 1 });
    stream.request(request);
    assert.equal(codeOf(await stream.ended), code);
  }
});

test("a managed subscription has one client at a time", async (context) => {
  const { publish, open, id } = await connect(context);
  publish("1");
  const first = open({ developerName: "Orders", numRequested: 1 });
  await first.next();
  assert.equal(codeOf(await open({ subscriptionId: id, numRequested: 1 }).ended), "already.active");
  first.halfClose();
  await first.ended;
  const second = open({ subscriptionId: id, numRequested: 1 });
  assert.equal((await second.next()).events.length, 1);
  second.cancel();
  await second.ended;
});

test("STOP disconnects the client and forgets the position; deletion disconnects, too", async (context) => {
  const { publish, open, id, config, subscriptions } = await connect(context);
  publish("1");
  const stream = open({ developerName: "Orders", numRequested: 1 });
  const { latestReplayId: replayId } = await stream.next();
  stream.request({ numRequested: 0, commitReplayIdRequest: { commitRequestId: "c", replayId } });
  await stream.next();
  subscriptions.update(id, { ...config, state: "STOP" });
  assert.equal(codeOf(await stream.ended), "config.stopped");
  assert.equal(subscriptions.get(id)?.committed, null);
  assert.equal(codeOf(await open({ developerName: "Orders", numRequested: 1 }).ended), "config.stopped");
  subscriptions.update(id, config);
  const again = open({ developerName: "Orders", numRequested: 1 });
  assert.equal((await again.next()).events.length, 1, "from the default replay");
  subscriptions.delete(id);
  assert.equal(codeOf(await again.ended), "config.deleted");
  assert.equal(
    codeOf(await open({ subscriptionId: id, numRequested: 1 }).ended),
    "subscription.id.not.found",
  );
});

test("changes reach the Pub/Sub API late when the knob says so", async (context) => {
  const { org, publish, open, id, config, subscriptions } = await connect(context, {
    managedPropagationMs: 120_000,
    keepaliveMs: 270_000,
  });
  publish("1");
  assert.equal(
    codeOf(await open({ subscriptionId: id, numRequested: 1 }).ended),
    "subscription.id.not.found",
  );
  org.clock.advance(120_000);
  const stream = open({ subscriptionId: id, numRequested: 5 });
  await stream.next();
  subscriptions.update(id, { ...config, state: "STOP" });
  org.clock.advance(119_999);
  publish("2");
  assert.equal((await stream.next()).events.length, 1);
  org.clock.advance(1);
  assert.equal(codeOf(await stream.ended), "config.stopped");
});
