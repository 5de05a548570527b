import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Connection } from "@jsforce/jsforce-node";
import avsc from "avsc";
import type { ConsumerEvent } from "../src/pubsub-server/wire-types.ts";
import { startOrg } from "../src/start-org.ts";
import { fetchToken, temporaryFolder } from "./server-harness.ts";
import { ask, callHeaders, openRawClient, openStream } from "./server-pubsub-client.ts";
import type { RawClient } from "./server-pubsub-client.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const seedDir = join(packageDir, "seed");
const metadataDirs = ["core", "demo"].map((name) => join(packageDir, "..", "..", "salesforce", name));
const seedFiles = readdirSync(seedDir)
  .filter((name) => name.endsWith(".json"))
  .toSorted()
  .map((name) => join(seedDir, name));
const topicName = "/event/OrderProvisionRequested__e";

async function start(
  context: TestContext,
  dataDir: string,
  onLine: (text: string) => void = () => undefined,
) {
  const org = await startOrg({
    metadataDirs,
    dataDir,
    seedFiles,
    port: 0,
    grpcPort: 0,
    onLine: ({ text }) => {
      onLine(text);
    },
  });
  const client = openRawClient(org.pubsubEndpoint, org.caFile);
  const close = async (): Promise<void> => {
    client.close();
    await org.close();
  };
  context.after(close);
  const connection = new Connection({ loginUrl: org.url, version: "67.0" });
  await connection.login("operator@sluice.test", "sluice-demo");
  return { org, client, connection, close, headers: callHeaders(await fetchToken(org.url)) };
}

type Started = Awaited<ReturnType<typeof start>>;

async function findDraftOrder(connection: Connection): Promise<string> {
  const found = await connection.query(
    "SELECT Id, OrderNumber, (SELECT Id, Product2.ProductCode FROM OrderItems) FROM Order " +
      "WHERE Status = 'Draft' AND Approval_Sequence__c = null ORDER BY OrderNumber",
  );
  const order = found.records.find((record) => record["OrderItems"] !== null);
  assert.ok(order?.Id, "the seed holds a draft order with lines");
  return order.Id;
}

async function decode(client: RawClient, headers: Started["headers"], consumed: ConsumerEvent | undefined) {
  assert.ok(consumed);
  const { schemaJson } = await ask(client, client.getSchema, { schemaId: consumed.event.schemaId }, headers);
  const type = avsc.Type.forSchema(JSON.parse(schemaJson), { wrapUnions: "never" });
  return type.fromBuffer(Buffer.from(consumed.event.payload)) as Readonly<Record<string, unknown>>;
}

test("an approval through jsforce reaches a subscriber as an event, after the order shows it", async (context) => {
  const lines: string[] = [];
  const { org, client, connection, headers } = await start(
    context,
    await temporaryFolder(context),
    (text) => {
      lines.push(text);
    },
  );
  const stream = openStream(client, headers);
  stream.request({ topicName, replayPreset: "EARLIEST", numRequested: 5 });
  const id = await findDraftOrder(connection);
  await connection.sobject("Order").update({ Id: id, Status: "Approved" });

  const response = await stream.next();
  assert.equal(response.pendingNumRequested, 4);
  const event = await decode(client, headers, response.events[0]);
  assert.equal(event["Order_Id__c"], id);
  assert.equal(event["Request_Key__c"], `${id}-1-P`);
  const order = await connection.sobject("Order").retrieve(id);
  assert.equal(order["Approval_Sequence__c"], 1);
  assert.equal(event["Order_Number__c"], order["OrderNumber"]);
  assert.deepEqual(lines, [`org: Order ${String(order["OrderNumber"])} approved, event published`]);
  assert.equal(org.orgId, "00D000000000001EAA");
  stream.cancel();
  await stream.ended;
});

test("orders, events and positions survive a restart, and the certificate with them", async (context) => {
  const dataDir = await temporaryFolder(context);
  const first = await start(context, dataDir);
  const stream = openStream(first.client, first.headers);
  stream.request({ topicName, replayPreset: "EARLIEST", numRequested: 5 });
  const id = await findDraftOrder(first.connection);
  await first.connection.sobject("Order").update({ Id: id, Status: "Approved" });
  const { latestReplayId } = await stream.next();
  const next = await findDraftOrder(first.connection);
  assert.notEqual(next, id);
  await first.connection.sobject("Order").update({ Id: next, Status: "Approved" });
  await stream.next();
  await first.close();

  const second = await start(context, dataDir);
  const resumed = openStream(second.client, second.headers);
  resumed.request({ topicName, replayPreset: "CUSTOM", replayId: latestReplayId, numRequested: 5 });
  const response = await resumed.next();
  assert.equal(response.events.length, 1);
  const event = await decode(second.client, second.headers, response.events[0]);
  assert.equal(event["Order_Id__c"], next);
  assert.equal((await second.connection.sobject("Order").retrieve(id))["Status"], "Approved");
  resumed.cancel();
  await resumed.ended;
});

test("a refused save says Salesforce's code, and nothing is published", async (context) => {
  const { org, connection } = await start(context, await temporaryFolder(context));
  const id = await findDraftOrder(connection);
  await assert.rejects(connection.sobject("Order").update({ Id: id, Status: "Nonsense" }), {
    errorCode: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
  });
  const log = (await (await fetch(`${org.url}/__org/events`)).json()) as {
    readonly events: readonly unknown[];
  };
  assert.deepEqual(log.events, []);
});

test("an event published over REST answers 201 with its id in errors, and required fields are enforced", async (context) => {
  const { org, client, headers } = await start(context, await temporaryFolder(context));
  const token = await fetchToken(org.url);
  const publish = (fields: Readonly<Record<string, unknown>>): Promise<Response> =>
    fetch(`${org.url}/services/data/v67.0/sobjects/OrderProvisionRequested__e`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(fields),
    });
  const answer = await publish({
    Order_Id__c: "801000000000001AAA",
    Request_Key__c: "801000000000001AAA-1-P",
    Request_Type__c: "Provision",
  });
  assert.equal(answer.status, 201);
  const body = (await answer.json()) as {
    success: boolean;
    errors: readonly { statusCode: string; message: string }[];
  };
  assert.deepEqual([body.success, body.errors[0]?.statusCode], [true, "OPERATION_ENQUEUED"]);
  const stream = openStream(client, headers);
  stream.request({ topicName, replayPreset: "EARLIEST", numRequested: 1 });
  const { events } = await stream.next();
  assert.equal(events[0]?.event.id, body.errors[0]?.message);
  stream.cancel();
  await stream.ended;
  assert.equal((await publish({})).status, 400);
});
