import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openGround } from "./support/ground.ts";
import type { Ground } from "./support/ground.ts";
import { createOrders } from "./support/new-orders.ts";
import { signIn, untilAllActivated } from "./support/org-client.ts";
import type { OrderRecord, OrgClient } from "./support/org-client.ts";
import { readIntake, readOrderDetail } from "./support/portal-client.ts";
import type { OrderDetail } from "./support/portal-client.ts";
import { startDev } from "./support/process-tree.ts";
import type { ProcessTree } from "./support/process-tree.ts";
import { countEffects } from "./support/simulators-client.ts";
import { systemPicture } from "./support/system-picture.ts";
import { waitFor } from "./support/wait-for.ts";

const DEADLINE_MS = 30_000;
const eventObject = "OrderProvisionRequested__e";
/** F11: its second line sells a product that the catalogue does not know. */
const unknownProductOrderId = "801Hs0000000011IAA";
/** Well formed, and in no org. */
const absentOrderId = "801Hs0000009999IAA";

let ground: Ground;
let tree: ProcessTree;
let org: OrgClient;

before(async () => {
  ground = await openGround();
  tree = await startDev(ground);
  org = await signIn(ground.orgUrl);
});

after(async () => {
  await tree?.kill9();
  await ground?.[Symbol.asyncDispose]();
});

const malformedEvents = [
  {
    name: "an order id that is none",
    values: { Order_Id__c: "garbage", Request_Key__c: "garbage-1-P", Request_Type__c: "Provision" },
  },
  {
    name: "an empty order id",
    values: { Order_Id__c: "   ", Request_Key__c: "blank-1-P", Request_Type__c: "Provision" },
  },
  {
    name: "a request type that nobody knows",
    values: {
      Order_Id__c: unknownProductOrderId,
      Request_Key__c: `${unknownProductOrderId}-77-P`,
      Request_Type__c: "Upgrade",
    },
  },
] as const;

for (const { name, values } of malformedEvents) {
  test(`an event with ${name} goes into quarantine, and the stream goes on`, async () => {
    const { quarantined } = await readIntake(ground.portalUrl);
    await org.publish(eventObject, values);
    await waitFor(
      "the event is in quarantine",
      async () => ((await readIntake(ground.portalUrl)).quarantined === quarantined + 1 ? true : undefined),
      { deadlineMs: DEADLINE_MS, picture },
    );
    await assertStreamGoesOn();
  });
}

test("an event about an order that Salesforce does not show is held as ORDER_GONE", async () => {
  await org.publish(eventObject, {
    Order_Id__c: absentOrderId,
    Request_Key__c: `${absentOrderId}-1-P`,
    Request_Type__c: "Provision",
  });
  const { revisions } = await untilHeld(absentOrderId);
  assert.equal(revisions[0]?.errorCode, "ORDER_GONE");
  assert.match(revisions[0]?.errorMessage ?? "", /deleted|may not see it/);
  await assertStreamGoesOn();
});

test("an order without lines is held as ORDER_WITHOUT_LINES, and its Order says so", async () => {
  const [orderId] = await createOrders(org, { count: 1, account: "own", hasLines: false });
  assert.ok(orderId !== undefined);
  await org.approve([orderId]);
  await assertHeldInSalesforce(orderId, "ORDER_WITHOUT_LINES");
});

test("an order of an unknown product is held as SKU_NOT_MAPPED before anything was bought", async () => {
  await org.approve([unknownProductOrderId]);
  const detail = await assertHeldInSalesforce(unknownProductOrderId, "SKU_NOT_MAPPED");
  assert.match(detail.revisions[0]?.errorMessage ?? "", /LEG-XDSL-8/);
  const keys = detail.revisions.flatMap(({ steps }) => steps.flatMap(({ effectKey }) => effectKey ?? []));
  assert.deepEqual(await countEffects(ground.simulatorsUrl, new Set(keys)), {});
});

function picture(): Promise<string> {
  return systemPicture(ground, tree);
}

async function assertStreamGoesOn(): Promise<void> {
  const orderIds = await createOrders(org, { count: 1, account: "own" });
  await org.approve(orderIds);
  await untilAllActivated(org, orderIds, DEADLINE_MS, picture);
}

function untilHeld(orderId: string): Promise<OrderDetail> {
  return waitFor(
    `${orderId} is held`,
    async () => {
      const detail = await readOrderDetail(ground.portalUrl, orderId);
      return detail.state === "held" ? detail : undefined;
    },
    { deadlineMs: DEADLINE_MS, picture },
  );
}

async function assertHeldInSalesforce(orderId: string, errorCode: string): Promise<OrderDetail> {
  const detail = await untilHeld(orderId);
  assert.equal(detail.revisions[0]?.errorCode, errorCode);
  const shown: Partial<OrderRecord> = await waitFor(
    `the Order ${orderId} shows that it is held`,
    async () => {
      const order = await org.order(orderId);
      return order.Provisioning_Status__c === "Held" ? order : undefined;
    },
    { deadlineMs: DEADLINE_MS, picture },
  );
  assert.equal(shown.Status, "Approved");
  assert.equal(shown.Provisioning_Error_Code__c, errorCode);
  return detail;
}
