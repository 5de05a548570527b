import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import { createPubSubClient } from "../src/index.ts";
import type { PubSubClient, ReceivedEvent } from "../src/index.ts";
import { openEmulatedOrg, topic } from "./emulated-org.ts";
import type { EmulatedOrg } from "./emulated-org.ts";

const userId = "005Hs0000000001IAA";

type Opened = EmulatedOrg & { readonly client: PubSubClient };

async function open(t: TestContext, pubsub: Parameters<typeof openEmulatedOrg>[0] = {}): Promise<Opened> {
  const org = await openEmulatedOrg(pubsub);
  t.after(() => org[Symbol.asyncDispose]());
  return { ...org, client: org.open() };
}

/** The first events of the topic, as a subscriber gets them. */
async function read(client: PubSubClient, count: number): Promise<readonly ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  for await (const item of client.subscribe(topic)) {
    if (item.kind === "batch") events.push(...item.events);
    if (events.length >= count) break;
  }
  return events;
}

const readings = (count: number) =>
  Array.from({ length: count }, (_unused, index) => ({
    id: `reading-${index}`,
    payload: { Sensor__c: `s${index}`, Value__c: index },
  }));

test("an event comes back under its id, with the time of publishing and the user of the session", async (t) => {
  const { client, org } = await open(t);
  const result = await client.publish(topic, { Sensor__c: "s1", Value__c: 21.5 }, { id: "reading-1" });
  assert.ok(result.kind === "published" && result.id === "reading-1");
  const [event] = await read(client, 1);
  assert.ok(event?.kind === "event");
  assert.equal(event.id, "reading-1");
  assert.deepEqual(Buffer.from(event.replayId), Buffer.from(result.replayId));
  assert.deepEqual(
    { ...event.payload },
    { CreatedDate: org.clock.now(), CreatedById: userId, Sensor__c: "s1", Value__c: 21.5 },
  );
});

test("many events go out in requests of 200 and come back in their order", async (t) => {
  const { client } = await open(t, { pubsub: { maxPublishCallsPerMinute: 3 } });
  const events = readings(450);
  const results = await client.publishBatch(topic, events);
  assert.ok(results.every((result, index) => result.kind === "published" && result.id === events[index]?.id));
  assert.deepEqual(
    (await read(client, 450)).map(({ id }) => id),
    events.map(({ id }) => id),
  );
});

test("large events are split by their bytes, and one above 1 MB is refused alone", async (t) => {
  const { client } = await open(t, { pubsub: { maxPublishCallsPerMinute: 2 } });
  const sized = (id: string, bytes: number) => ({ id, payload: { Sensor__c: "x".repeat(bytes) } });
  const results = await client.publishBatch(topic, [
    sized("one", 900_000),
    sized("huge", 1_100_000),
    sized("two", 900_000),
    sized("over", 1_010_000),
    sized("three", 900_000),
    sized("four", 900_000),
    sized("five", 900_000),
  ]);
  assert.deepEqual(
    results.map((result) => (result.kind === "refused" ? result.message : result.kind)),
    [
      "published",
      "the payload has 1100031 bytes, and the service takes at most 1 MB (1048576).",
      "published",
      "the event is larger than 1 MB", // in-band, by the org
      "published",
      "published",
      "published",
    ],
  );
});

test("what the org's hourly quota does not hold is refused event by event", async (t) => {
  const { client } = await open(t, { pubsub: { allocations: { publishPerHour: 2, deliverPerDay: 1e9 } } });
  const results = await client.publishBatch(topic, readings(3));
  assert.deepEqual(
    results.map((result) => (result.kind === "refused" ? result.message : result.kind)),
    [
      "published",
      "published",
      "LIMIT_EXCEEDED: the org has used up the events that it may publish in an hour",
    ],
  );
});

test("too many calls are told as overload, and nothing of them is published", async (t) => {
  const { client } = await open(t, { pubsub: { maxPublishCallsPerMinute: 1 } });
  const results = await client.publishBatch(topic, readings(201));
  assert.equal(results[199]?.kind, "published");
  const last = results[200];
  assert.ok(last?.kind === "failed" && !last.mayBePublished);
  assert.equal(last.error.code, "overloaded");
  assert.match(
    last.error.message,
    /^\[overloaded\] \/event\/Reading__e: Publish failed with sfdc\.platform\.eventbus\.grpc\.service\.protection\.triggered: More than 1 publish calls came in a minute\..* Open fewer streams, and publish in batches or over a publish stream\.( \(rpcId \S+\))?$/,
  );
});

test("a new field is written with the new schema, and the schema before stays good", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-publish-"));
  t.after(() => rm(folder, { recursive: true }));
  await cp(fileURLToPath(new URL("fixtures/metadata", import.meta.url)), folder, { recursive: true });
  const org = await startOrg({ metadataDirs: [folder] });
  t.after(() => org.close());
  const { accessToken, instanceUrl, tenantId: orgId } = org.signIn();
  const auth = {
    get: async () => ({ accessToken, instanceUrl, orgId, userId }),
    invalidate: () => undefined,
  };
  let laterMs = 0;
  using client = createPubSubClient({
    endpoint: org.pubsubEndpoint,
    ca: readFileSync(org.caFile),
    auth,
    clock: () => Date.now() + laterMs,
  });
  await client.publish(topic, { Sensor__c: "s1" });
  const older = (await client.getTopic(topic)).schemaId ?? "";

  const fields = join(folder, "objects/Reading__e/fields");
  const field = await readFile(join(fields, "Sensor__c.field-meta.xml"), "utf8");
  await writeFile(join(fields, "Place__c.field-meta.xml"), field.replaceAll("Sensor", "Place"));
  org.core.reload();
  const newest = (await client.getTopic(topic)).schemaId ?? "";
  assert.notEqual(newest, older);
  laterMs = 15_000;
  assert.equal((await client.publish(topic, { Sensor__c: "s2", Place__c: "roof" })).kind, "published");
  assert.equal((await client.publish(topic, { Sensor__c: "s3" }, { schemaId: older })).kind, "published");
  assert.deepEqual(
    (await read(client, 3)).map(({ schemaId }) => schemaId),
    [older, newest, older],
  );
});

test("a refused session is replaced, and the events are published once", async (t) => {
  const { client, auth } = await open(t);
  await client.publish(topic, { Sensor__c: "s0" }, { id: "first" });
  auth.spoil();
  assert.equal((await client.publish(topic, { Sensor__c: "s1" }, { id: "second" })).kind, "published");
  assert.equal(auth.signIns(), 2);
  await client.publish(topic, { Sensor__c: "s2" }, { id: "third" });
  assert.deepEqual(
    (await read(client, 3)).map(({ id }) => id),
    ["first", "second", "third"],
  );
});

test("a proxy's failure leaves the events in doubt", async (t) => {
  const { client, org } = await open(t);
  await client.getTopic(topic);
  org.faults.arm({
    kind: "rpc_unavailable",
    schedule: { kind: "times", times: 1 },
    match: { rpc: "Publish" },
    options: {},
  });
  const result = await client.publish(topic, { Sensor__c: "s1" });
  assert.ok(result.kind === "failed" && result.mayBePublished);
  assert.equal(
    result.error.message,
    "[service_unavailable] /event/Reading__e: Publish failed with UNAVAILABLE: upstream connect error or " +
      "disconnect/reset before headers. reset reason: connection termination.",
  );
});

test("an answer that takes longer than 30 s leaves the events in doubt, and the connection is renewed", async (t) => {
  const stage = await open(t);
  const { client, org } = stage;
  await client.publish(topic, { Sensor__c: "s0" });
  org.faults.arm({
    kind: "rpc_slow",
    schedule: { kind: "times", times: 1 },
    match: { rpc: "Publish" },
    options: { delayMs: 60_000 },
  });
  const publishing = client.publish(topic, { Sensor__c: "s1" });
  while (org.faults.list().length > 0) await turn();
  await stage.advance(31_000);
  const result = await publishing;
  assert.ok(result.kind === "failed" && result.mayBePublished);
  assert.equal(
    result.error.message,
    "[service_unavailable] /event/Reading__e: Publish got no answer within 30 s.",
  );
  assert.equal((await client.publish(topic, { Sensor__c: "s2" })).kind, "published");
});

test("closing the client leaves what is not answered in doubt, and says so", async (t) => {
  const { client, org } = await open(t);
  await client.publish(topic, { Sensor__c: "s0" });
  org.faults.arm({
    kind: "rpc_slow",
    schedule: { kind: "times", times: 1 },
    match: { rpc: "Publish" },
    options: { delayMs: 60_000 },
  });
  const publishing = client.publishBatch(topic, readings(201));
  while (org.faults.list().length > 0) await turn();
  client.close();
  const results = await publishing;
  const [first, last] = [results[0], results[200]];
  assert.ok(first?.kind === "failed" && first.mayBePublished);
  assert.ok(last?.kind === "failed" && !last.mayBePublished, "its request was not sent");
  assert.equal(
    first.error.message,
    "[client_closed] /event/Reading__e: publishing was given up, by its signal or by closing the client.",
  );
});

test("a payload that does not fit is refused before anything is sent", async (t) => {
  const { client, org } = await open(t);
  const events = [{ payload: { Sensor__c: "s1" } }, { payload: { Sensor__c: 7 } }];
  await assert.rejects(client.publishBatch(topic, events), { code: "payload_invalid" });
  await assert.rejects(client.publish(topic, { Senor__c: "s1" }), { code: "payload_invalid" });
  assert.deepEqual(org.core.bus.read(topic, -1, 10), []);
});
