import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { loadTlsFiles } from "../src/pubsub-server/tls-files.ts";
import type { ServeOrgOptions } from "../src/serve-org.ts";
import {
  fakeCore,
  fakeSchemaId,
  fakeSchemaJson,
  fakeTopic,
  operatorId,
  pingPayload,
} from "./server-fake-core.ts";
import { fetchToken, serve, temporaryFolder } from "./server-harness.ts";
import { ask, callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

const users = [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true }];

async function connect(context: TestContext, options: Partial<ServeOrgOptions> = {}) {
  const core = fakeCore({ User: users });
  const org = await serve(context, core, options);
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const token = await fetchToken(org.url);
  return { core, org, client, token, headers: callHeaders(token) };
}

function trailer(error: unknown, name: string): unknown {
  return (error as ServiceError).metadata.get(name)[0];
}

test("GetTopic and GetSchema answer what the bus knows", async (context) => {
  const { client, headers } = await connect(context);
  const topic = await ask(client, client.getTopic, { topicName: fakeTopic }, headers);
  assert.deepEqual(
    [topic.topicName, topic.schemaId, topic.canSubscribe, topic.canPublish],
    [fakeTopic, fakeSchemaId, true, true],
  );
  assert.match(topic.rpcId, /^[0-9a-f-]{36}$/);
  const schema = await ask(client, client.getSchema, { schemaId: fakeSchemaId }, headers);
  assert.equal(schema.schemaJson, fakeSchemaJson);
});

test("a failure carries its code and the id of the call in trailers and text", async (context) => {
  const { client, headers } = await connect(context);
  await assert.rejects(ask(client, client.getTopic, { topicName: "/event/Nothing__e" }, headers), (error) => {
    const rpcId = trailer(error, "rpc-id");
    assert.equal((error as ServiceError).code, status.NOT_FOUND);
    assert.equal(trailer(error, "error-code"), "sfdc.platform.eventbus.grpc.topic.not.found");
    assert.equal(trailer(error, "type"), "GetTopic");
    assert.ok(
      (error as ServiceError).details.endsWith(`CORE/prod/00D000000000001EAA. rpcId: ${String(rpcId)}`),
    );
    return true;
  });
  await assert.rejects(ask(client, client.getSchema, { schemaId: "" }, headers), (error) => {
    assert.equal((error as ServiceError).code, status.INVALID_ARGUMENT);
    return true;
  });
});

test("every call needs the three headers, a live token and this org", async (context) => {
  const { client, token, org } = await connect(context);
  const codeFor = async (overrides: Readonly<Record<string, string>>): Promise<string> => {
    const headers = callHeaders(token, overrides);
    try {
      await ask(client, client.getTopic, { topicName: fakeTopic }, headers);
      return "accepted";
    } catch (error) {
      assert.equal((error as ServiceError).code, status.UNAUTHENTICATED);
      return String(trailer(error, "error-code")).replace("sfdc.platform.eventbus.grpc.service.auth.", "");
    }
  };
  assert.equal(await codeFor({}), "accepted");
  assert.equal(await codeFor({ tenantid: "00D000000000001" }), "accepted");
  assert.equal(await codeFor({ tenantid: "core/acme/00D000000000001EAA" }), "accepted");
  assert.equal(await codeFor({ tenantid: "00D000000000002EAA" }), "error");
  assert.equal(await codeFor({ tenantid: "00d000000000001EAA" }), "error");
  assert.equal(await codeFor({ accesstoken: "00D000000000001!x" }), "error");
  assert.equal(await codeFor({ accesstoken: "" }), "headers.invalid");
  assert.equal(await codeFor({ tenantid: " " }), "headers.invalid");
  assert.equal(await codeFor({ instanceurl: "127.0.0.1/path" }), "headers.invalid");

  await fetch(`${org.url}/services/oauth2/revoke`, { method: "POST", body: new URLSearchParams({ token }) });
  assert.equal(await codeFor({}), "error");
});

test("a stream delivers events as they are published and resumes after the last one", async (context) => {
  const { core, client, headers } = await connect(context);
  const first = openStream(client, headers);
  core.ping("before");
  first.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  const before = await first.next();
  core.ping("live");
  const live = await first.next();
  assert.equal(live.events[0]?.event.schemaId, fakeSchemaId);
  assert.deepEqual(live.events[0]?.event.payload, Buffer.from(pingPayload("live")));
  assert.deepEqual([before.pendingNumRequested, live.pendingNumRequested], [9, 8]);
  first.cancel();
  await first.ended;

  core.ping("missed");
  const second = openStream(client, headers);
  second.request({
    topicName: fakeTopic,
    replayPreset: "CUSTOM",
    replayId: live.latestReplayId,
    numRequested: 5,
  });
  const missed = await second.next();
  assert.deepEqual(
    missed.events.map((event) => event.event.payload),
    [Buffer.from(pingPayload("missed"))],
  );
  second.cancel();
  await second.ended;
});

test("a corrupted replay id ends the stream with INVALID_ARGUMENT and its code", async (context) => {
  const { client, headers } = await connect(context);
  const stream = openStream(client, headers);
  stream.request({
    topicName: fakeTopic,
    replayPreset: "CUSTOM",
    replayId: Buffer.from("37771"),
    numRequested: 1,
  });
  const ended = await stream.ended;
  assert.equal(ended.code, status.INVALID_ARGUMENT);
  assert.deepEqual(ended.metadata.get("error-code"), [
    "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted",
  ]);
  assert.deepEqual(ended.metadata.get("type"), ["Subscribe"]);
});

test("keepalives come while there is credit, and a stream without credit ends with OK", async (context) => {
  const { core, client, headers } = await connect(context, {
    pubsub: { keepaliveMs: 20, zeroCreditCloseMs: 40 },
  });
  const stream = openStream(client, headers);
  stream.request({ topicName: fakeTopic, replayPreset: "LATEST", numRequested: 1 });
  const keepalive = await stream.next();
  assert.deepEqual([keepalive.events.length, keepalive.pendingNumRequested], [0, 1]);
  assert.deepEqual(keepalive.latestReplayId, core.bus.latest().replayId);
  core.ping("last");
  assert.equal((await stream.ended).code, status.OK);
});

test("a client that closes its half gets status OK", async (context) => {
  const { client, headers } = await connect(context);
  const stream = openStream(client, headers);
  stream.request({ topicName: fakeTopic, numRequested: 1 });
  stream.halfClose();
  assert.equal((await stream.ended).code, status.OK);
});

test("a stream without a session is refused before it is read", async (context) => {
  const { client } = await connect(context);
  const stream = openStream(client, callHeaders("00D000000000001!x"));
  const ended = await stream.ended;
  assert.equal(ended.code, status.UNAUTHENTICATED);
  assert.deepEqual(ended.metadata.get("error-code"), ["sfdc.platform.eventbus.grpc.service.auth.error"]);
});

test("every event of a burst arrives in order however slowly credit is given", async (context) => {
  const { core, client, headers } = await connect(context);
  const stream = openStream(client, headers);
  core.ping("start");
  stream.request({ topicName: fakeTopic, replayPreset: "EARLIEST", numRequested: 100 });
  const started = await stream.next();
  const burst = Array.from({ length: 500 }, (_unused, index) => core.ping(`burst ${index}`));
  const seen: string[] = started.events.map((event) => event.event.id);
  let pending = started.pendingNumRequested;
  while (seen.at(-1) !== burst.at(-1)?.eventId) {
    if (pending === 0) stream.request({ numRequested: 30 });
    const response = await stream.next();
    seen.push(...response.events.map((event) => event.event.id));
    pending = response.pendingNumRequested;
  }
  const expected = burst.map((event) => event.eventId);
  assert.deepEqual(seen.slice(-expected.length), expected);
  stream.cancel();
  await stream.ended;
});

test("publish answers for each event, and a bad one does not hold back the others", async (context) => {
  const { core, client, headers } = await connect(context);
  const payload = pingPayload("published");
  const { results, schemaId } = await ask(
    client,
    client.publish,
    {
      topicName: fakeTopic,
      events: [
        { id: "mine", schemaId: fakeSchemaId, payload },
        { id: "unknown-schema", schemaId: "x", payload },
        { id: "", schemaId: fakeSchemaId, payload: Buffer.from("no avro") },
        { id: "", schemaId: fakeSchemaId, payload },
      ],
    },
    headers,
  );
  assert.equal(schemaId, fakeSchemaId);
  const shown = results as readonly { correlationKey: string; error: { msg: string } | null }[];
  assert.deepEqual(
    shown.map((result) => [result.correlationKey.replace(/\d+$/, "N"), result.error?.msg ?? null]),
    [
      ["mine", null],
      ["unknown-schema", 'the schema id "x" is none of this topic'],
      ["", "the payload is not Avro of the schema ping-schema"],
      ["event-N", null],
    ],
  );
  assert.equal(core.bus.read(fakeTopic, -1, 10).length, 2);
});

test("the certificate is made once, and again when it is damaged or nearly expired", async (context) => {
  const folder = await temporaryFolder(context);
  const digest = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
  const nowMs = Date.now();
  const { caFile } = await loadTlsFiles(folder, nowMs);
  const made = digest(caFile);
  await loadTlsFiles(folder, nowMs);
  assert.equal(digest(caFile), made);
  await loadTlsFiles(folder, nowMs + 800 * 24 * 60 * 60 * 1000);
  assert.notEqual(digest(caFile), made);
});
