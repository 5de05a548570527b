import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { createPubSubClient, systemDefaults } from "@sluice/pubsub";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const topic = "/event/Shipment_Sent__e";

/** An org of our own in memory: our metadata, our records, free ports. */
const openOrg = (): Promise<RunningOrg> =>
  startOrg({ metadataDirs: [here("force-app")], seedFiles: [here("seed.json")] });

/** Sets the state of the first shipment over REST, as any program outside would. */
async function send(org: RunningOrg): Promise<number> {
  const [shipment] = org.core.all("Shipment__c");
  const { accessToken, instanceUrl } = org.signIn();
  const response = await fetch(
    `${instanceUrl}/services/data/v67.0/sobjects/Shipment__c/${String(shipment?.["Id"])}`,
    {
      method: "PATCH",
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      body: JSON.stringify({ State__c: "Sent" }),
    },
  );
  return response.status;
}

/** The tracking numbers of the first `count` events that are retained. */
async function readTrackingNumbers(org: RunningOrg, count: number): Promise<readonly unknown[]> {
  const { accessToken, instanceUrl, tenantId } = org.signIn();
  const client = createPubSubClient({
    ...systemDefaults,
    endpoint: org.pubsubEndpoint,
    ca: readFileSync(org.caFile),
    auth: {
      get: () => Promise.resolve({ accessToken, instanceUrl, orgId: tenantId }),
      invalidate: () => undefined,
    },
  });
  const numbers: unknown[] = [];
  const options = {
    position: { kind: "earliest" },
    capacity: () => 10,
    signal: AbortSignal.timeout(10_000),
  } as const;
  try {
    for await (const item of client.subscribe(topic, options)) {
      if (item.kind !== "batch") continue;
      for (const event of item.events) {
        if (event.kind === "event") numbers.push(event.payload["Tracking_Number__c"]);
      }
      if (numbers.length >= count) break;
    }
  } finally {
    client.close();
  }
  return numbers;
}

test("a shipment that is sent is announced once", async () => {
  await using org = await openOrg();
  assert.equal(await send(org), 204);
  assert.equal(await send(org), 204, "sent again: nothing changes, and nothing is announced");
  assert.deepEqual(await readTrackingNumbers(org, 1), ["1Z-001"]);
  assert.equal(org.core.bus.read(topic, -1, 10).length, 1);
});

test("when the announcement cannot be queued, the shipment is not sent", async () => {
  await using org = await openOrg();
  org.faults.arm({
    kind: "publish_refused",
    schedule: { kind: "times", times: 1 },
    match: {},
    options: { code: "LIMIT_EXCEEDED" },
  });
  assert.equal(await send(org), 400);
  const [shipment] = org.core.all("Shipment__c");
  assert.equal(shipment?.["State__c"], "Packed");
  assert.equal(await send(org), 204);
});

test("three days later the announcement is gone from the bus", async () => {
  await using org = await openOrg();
  await send(org);
  org.clock.advance(72 * 3_600_000 + 1);
  assert.deepEqual(org.core.bus.read(topic, -1, 10), []);
});
