import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import type { PubSubKnobs } from "../src/pubsub-knobs.ts";
import { copyMetadata, operator, startMs, topic } from "./core-harness.ts";
import { addChannel, addMember, addNotice, addNoticeField, noticeTopic } from "./event-delivery-metadata.ts";
import { serveProjectOrg } from "./project-org.ts";
import { fetchToken } from "./server-harness.ts";
import { ask, callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";

async function connect(context: TestContext, pubsub: Partial<PubSubKnobs> = {}) {
  const metadata = copyMetadata(context);
  addNotice(metadata);
  addChannel(metadata, "All__chn");
  addMember(metadata, "All__chn", "Notice__e");
  addMember(metadata, "All__chn", "OrderProvisionRequested__e");
  const org = await serveProjectOrg(context, {
    metadataDirs: metadata.dirs,
    pubsub,
    time: { nowMs: startMs, rate: 0 },
  });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  context.after(() => {
    client.close();
  });
  const token = await fetchToken(org.url);
  const headers = callHeaders(token, { tenantid: org.orgId });
  const get = async (path: string) => {
    const answer = await fetch(`${org.url}/services/data/v67.0${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const body: unknown = await answer.json();
    return { status: answer.status, body };
  };
  return { metadata, org, client, headers, get };
}

type Field = { readonly name: string; readonly type: unknown; readonly doc: string };

async function fieldsOf(context: TestContext, pubsub: Partial<PubSubKnobs>) {
  const { client, headers } = await connect(context, pubsub);
  const { schemaId } = await ask(client, client.getTopic, { topicName: noticeTopic }, headers);
  const { schemaJson } = await ask(client, client.getSchema, { schemaId }, headers);
  const { fields } = JSON.parse(schemaJson) as { readonly fields: readonly Field[] };
  return fields.map(({ name, type, doc }) => [name, type, doc.split(":").slice(0, 2).join(":")]);
}

test("the schema of an event tells its fields, and the knobs tell what nobody knows for sure", async (context) => {
  const system = [
    ["CreatedDate", "long", "CreatedDate:DateTime"],
    ["CreatedById", "string", "CreatedBy:EntityId"],
  ];
  const body = (doc: string) => ["Body__c", ["null", "string"], doc];
  const rest = [
    ["Count__c", ["null", "double"], "Data:Double"],
    ["Day__c", ["null", "long"], "Data:DateOnly"],
    ["Text__c", ["null", "string"], "Data:Text"],
  ];
  assert.deepEqual(await fieldsOf(context, {}), [...system, body("Data:StringPlusClob"), ...rest]);
  assert.deepEqual(await fieldsOf(context, { longTextDoc: "Text", fieldOrder: "reversed" }), [
    ...system,
    ...rest.toReversed(),
    body("Data:Text"),
  ]);
});

test("a date is milliseconds at midnight UTC, or days when the knob says so", async (context) => {
  for (const [dateUnit, expected] of [
    ["milliseconds", Date.UTC(2026, 10, 23)],
    ["days", Date.UTC(2026, 10, 23) / 86_400_000],
  ] as const) {
    const { org, get } = await connect(context, { dateUnit });
    org.core.publish(operator, "Notice__e", { Day__c: "2026-11-23" });
    assert.equal((await get("/limits")).status, 200);
    const answer = await fetch(`${org.url}/__org/events?topic=${encodeURIComponent(noticeTopic)}`);
    const { events } = (await answer.json()) as {
      readonly events: readonly { readonly payload: Record<string, unknown> }[];
    };
    assert.equal(events[0]?.payload["Day__c"], expected);
  }
});

test("when an event gets a field, old events keep their schema, and one stream delivers both", async (context) => {
  const { metadata, org, client, headers } = await connect(context);
  const schemaIdOf = async () =>
    (await ask(client, client.getTopic, { topicName: noticeTopic }, headers)).schemaId;
  const before = await schemaIdOf();
  org.core.publish(operator, "Notice__e", { Text__c: "old" });
  const [old] = org.core.bus.read(noticeTopic, -1, 1);
  assert.ok(old !== undefined);
  const stream = openStream(client, headers);
  stream.request({ topicName: noticeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  const first = await stream.next();
  addNoticeField(metadata, "More__c", "<length>10</length><type>Text</type>");
  org.core.reload();
  const after = await schemaIdOf();
  assert.notEqual(after, before);
  org.core.publish(operator, "Notice__e", { Text__c: "new", More__c: "more" });
  const second = await stream.next();
  assert.deepEqual(
    [...first.events, ...second.events].map(({ event }) => event.schemaId),
    [before, after],
  );
  for (const schemaId of [before, after]) {
    assert.equal((await ask(client, client.getSchema, { schemaId }, headers)).schemaId, schemaId);
  }
  // The publisher that still has the old schema is heard.
  const events = [{ id: "late", schemaId: before, payload: old.payload }];
  const { results } = await ask(client, client.publish, { topicName: noticeTopic, events }, headers);
  assert.equal(results[0]?.correlationKey, "late");
  assert.equal((await stream.next()).events[0]?.event.schemaId, before);
  // That of another event is not.
  const foreign = await ask(client, client.publish, { topicName: topic, events }, headers);
  assert.match(JSON.stringify(foreign.results), /is none of this topic/);
  stream.cancel();
  await stream.ended;
});

test("a channel delivers the events of its members in order; it has no schema and takes no events", async (context) => {
  const { org, client, headers } = await connect(context);
  const channel = "/event/All__chn";
  const info = await ask(client, client.getTopic, { topicName: channel }, headers);
  assert.deepEqual([info.schemaId, info.canPublish, info.canSubscribe], ["", false, true]);
  await assert.rejects(ask(client, client.getSchema, { schemaId: info.schemaId }, headers), {
    code: status.INVALID_ARGUMENT,
  });
  const events = [{ id: "", schemaId: "x", payload: Buffer.alloc(0) }];
  await assert.rejects(ask(client, client.publish, { topicName: channel, events }, headers), {
    code: status.NOT_FOUND,
  });
  const stream = openStream(client, headers);
  stream.request({ topicName: channel, replayPreset: "EARLIEST", numRequested: 10 });
  const first = org.core.publish(operator, "Notice__e", { Text__c: "1" });
  assert.equal((await stream.next()).events[0]?.event.id, first);
  const second = org.core.publish(operator, "OrderProvisionRequested__e", {
    Order_Id__c: "801Hs0000000001IAA",
    Request_Key__c: "k",
  });
  const { events: received, latestReplayId } = await stream.next();
  assert.equal(received[0]?.event.id, second);
  assert.deepEqual(received[0].replayId, latestReplayId);
  stream.cancel();
  await stream.ended;
});

test("when an event is deleted, its streams end at their next sign of life", async (context) => {
  const { metadata, org, client, headers } = await connect(context);
  org.core.publish(operator, "Notice__e", { Text__c: "1" });
  const stream = openStream(client, headers);
  stream.request({ topicName: noticeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  await stream.next();
  const [core = ""] = metadata.dirs;
  rmSync(join(core, "main/default/objects/Notice__e"), { recursive: true });
  rmSync(
    join(
      core,
      "main/default/platformEventChannelMembers/All__chn_Notice__e.platformEventChannelMember-meta.xml",
    ),
  );
  org.core.reload();
  org.clock.advance(60_000);
  const ended = await stream.ended;
  assert.equal(ended.code, status.NOT_FOUND);
});

test("when the event stream begins anew, live streams end and old ids are corrupted", async (context) => {
  const { org, client, headers } = await connect(context);
  org.core.publish(operator, "Notice__e", { Text__c: "1" });
  const open = () => openStream(client, headers);
  const stream = open();
  stream.request({ topicName: noticeTopic, replayPreset: "EARLIEST", numRequested: 10 });
  const { latestReplayId: replayId } = await stream.next();
  org.core.bus.restart(1);
  assert.equal((await stream.ended).code, status.INTERNAL);
  const resumed = open();
  resumed.request({ topicName: noticeTopic, replayPreset: "CUSTOM", replayId, numRequested: 10 });
  assert.equal((await resumed.ended).code, status.INVALID_ARGUMENT);
});

test("REST gives the schema by event and by id, compact with its id and expanded by default", async (context) => {
  const { org, get } = await connect(context);
  const { schemaId = "" } = org.core.bus.topic(noticeTopic) ?? {};
  const compact = await get("/sobjects/Notice__e/eventSchema?payloadFormat=COMPACT");
  const expected = { ...(JSON.parse(org.core.bus.schemaJson(schemaId) ?? "") as object), uuid: schemaId };
  assert.deepEqual(compact, { status: 200, body: expected });
  assert.deepEqual(await get(`/event/eventSchema/${schemaId}?payloadFormat=COMPACT`), compact);
  const expanded = await get("/sobjects/Notice__e/eventSchema");
  assert.deepEqual(await get("/sobjects/notice__e/eventSchema?payloadFormat=EXPANDED"), expanded);
  const text = JSON.stringify(expanded.body);
  assert.match(text, /^\{"name":"Notice__e","namespace":"com.sforce.eventbus","type":"expanded-record"/);
  assert.match(text, /"name":"Payload","doc":"","fields":\[\{"name":"CreatedDate","type":"string"/);
  assert.equal((await get("/event/eventSchema/unknown")).status, 404);
  assert.equal((await get("/sobjects/Order/eventSchema")).status, 404);
  assert.equal((await get("/sobjects/Notice__e/eventSchema?payloadFormat=TINY")).status, 400);
});
