import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { openBrowser, untilRunsFreely } from "./support/browser.ts";
import { openGround } from "./support/ground.ts";
import type { Ground } from "./support/ground.ts";
import { createOrders } from "./support/new-orders.ts";
import { watchOrder } from "./support/order-watch.ts";
import type { Seen } from "./support/order-watch.ts";
import { fetchToken, signIn } from "./support/org-client.ts";
import type { OrgClient } from "./support/org-client.ts";
import { readOrderDetail } from "./support/portal-client.ts";
import {
  entryDelays,
  listDelays,
  openObservedPage,
  readSightings,
  worstDelayMs,
} from "./support/portal-delays.ts";
import { startDev } from "./support/process-tree.ts";
import type { ProcessTree } from "./support/process-tree.ts";
import { countEffects, readSummary, setPace, tellSummary } from "./support/simulators-client.ts";
import { systemPicture } from "./support/system-picture.ts";
import { waitFor } from "./support/wait-for.ts";

const DEADLINE_MS = 40_000;
/** A bound for a machine under load. What the page really takes is printed. */
const MAX_PAGE_DELAY_MS = 5_000;

let ground: Ground;
let tree: ProcessTree;
let org: OrgClient;

before(async () => {
  ground = await openGround();
  tree = await startDev(ground);
  org = await signIn(ground.orgUrl);
  await setPace(ground.simulatorsUrl, { delayMs: 500, activationMs: 0 });
});

after(async () => {
  await tree?.kill9();
  await ground?.[Symbol.asyncDispose]();
});

test("an order approved by the page's button is provisioned, and the portal shows each change", async (t) => {
  const orderId = await createOrder();
  await using browser = await openBrowser();
  const orders = await openObservedPage(browser.context, `${ground.portalUrl}/`);
  const page = await browser.context.newPage();
  await page.goto(`${ground.orgUrl}/orders/${orderId}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${ground.orgUrl}/`);
  await page.goto(`${ground.orgUrl}/orders/${orderId}`);

  await untilRunsFreely(orders);
  const watching = watch(orderId);
  const approved = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await approved;
  // The org's page follows the order too, and one browser draws both: what is measured is the portal.
  await page.close();
  await orders.locator(`tr[data-order="${orderId}"] a`).waitFor();
  const passport = await openObservedPage(browser.context, `${ground.portalUrl}/orders/${orderId}`);
  const openedAtMs = Date.now();
  await assertProvisioned(orderId, await watching);

  // The last entry is written after Salesforce has accepted the activation, so a moment after the Order shows it.
  await passport.getByText("Order activated in Salesforce").waitFor();
  await orders.locator(`tr[data-order="${orderId}"] [data-state="completed"]`).waitFor();
  await orders.locator(`tr[data-order="${orderId}"] [data-salesforce="Completed"]`).waitFor();
  const detail = await readOrderDetail(ground.portalUrl, orderId);
  const onList = listDelays(detail, await readSightings(orders));
  assert.deepEqual(
    onList.filter(({ delayMs }) => delayMs === null),
    [],
    "the list of orders missed changes",
  );
  for (const change of ["Acknowledged", "In Progress", "Completed"]) {
    assert.ok(
      onList.some((delay) => delay.change === `salesforce ${change}`),
      `the journal has no write of ${change}`,
    );
  }
  // What happened before the page was opened was on it from the start; it says nothing about a delay.
  const live = { ...detail, timeline: detail.timeline.filter(({ at }) => Date.parse(at) > openedAtMs) };
  const onPassport = entryDelays(live, await readSightings(passport));
  assert.ok(onPassport.length >= 5, "the order's page was opened too late to observe anything");
  assertTimely(t, "list of orders", onList);
  assertTimely(t, "the order's page", onPassport);
});

test("an order approved by fetch with a client-credentials token is provisioned", async () => {
  const orderId = await createOrder();
  const token = await fetchToken(ground.orgUrl);
  const watching = watch(orderId);
  const answer = await fetch(`${ground.orgUrl}/services/data/v67.0/sobjects/Order/${orderId}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ Status: "Approved" }),
  });
  assert.equal(answer.status, 204, await answer.text());
  await assertProvisioned(orderId, await watching);
});

test("an order approved by a jsforce script outside the repository is provisioned", async () => {
  const orderId = await createOrder();
  const script = join(ground.folder, "approve.mjs");
  await writeFile(
    script,
    `import jsforce from ${JSON.stringify(import.meta.resolve("@jsforce/jsforce-node"))};
const [loginUrl, orderId] = process.argv.slice(2);
const connection = new jsforce.Connection({ loginUrl, version: "67.0" });
await connection.login("operator@sluice.test", "sluice-demo");
const result = await connection.sobject("Order").update({ Id: orderId, Status: "Approved" });
console.log(JSON.stringify(result));
`,
  );
  const watching = watch(orderId);
  const { stdout } = await promisify(execFile)(process.execPath, [script, ground.orgUrl, orderId], {
    cwd: ground.folder,
  });
  assert.deepEqual(JSON.parse(stdout), { id: orderId, success: true, errors: [] });
  await assertProvisioned(orderId, await watching);
});

test("the same request published again while the order is under way changes nothing", async () => {
  const orderId = await createOrder();
  const watching = watch(orderId);
  await org.approve([orderId]);
  const requestKey = await untilEvents(orderId, 1);
  await org.publish("OrderProvisionRequested__e", {
    Order_Id__c: orderId,
    Request_Type__c: "Provision",
    Request_Key__c: requestKey,
  });
  await untilEvents(orderId, 2);
  await assertProvisioned(orderId, await watching);
  const { events, revisions } = await readOrderDetail(ground.portalUrl, orderId);
  assert.deepEqual(
    events.map(({ disposition }) => disposition),
    ["admitted", "duplicate"],
  );
  assert.equal(revisions.length, 1);
});

test("the downstreams have no doubled effect on record", async (t) => {
  const summary = await readSummary(ground.simulatorsUrl);
  t.diagnostic(tellSummary(summary));
  assert.deepEqual(summary.doubled, []);
  assert.equal(summary.effects.unkeyed, 0);
});

async function createOrder(): Promise<string> {
  const [orderId] = await createOrders(org, { count: 1, account: "own" });
  assert.ok(orderId !== undefined);
  return orderId;
}

function picture(): Promise<string> {
  return systemPicture(ground, tree);
}

function watch(orderId: string): Promise<Seen> {
  return watchOrder(org, orderId, DEADLINE_MS, picture);
}

/** @returns the request key of the first. */
function untilEvents(orderId: string, count: number): Promise<string> {
  return waitFor(
    `${count} events of ${orderId} were received`,
    async () => {
      const { events } = await readOrderDetail(ground.portalUrl, orderId);
      return events.length === count ? events[0]?.requestKey : undefined;
    },
    { deadlineMs: DEADLINE_MS, picture },
  );
}

/** Every status was seen on the way, the Order is active, and each step had one effect. */
async function assertProvisioned(orderId: string, seen: Seen): Promise<void> {
  assert.deepEqual(seen.provisioningStatuses, ["Not Requested", "Acknowledged", "In Progress", "Completed"]);
  assert.deepEqual(seen.statuses, ["Draft", "Approved", "Activated"]);
  const { revisions } = await readOrderDetail(ground.portalUrl, orderId);
  const keys = revisions.flatMap(({ steps }) => steps.flatMap(({ effectKey }) => effectKey ?? []));
  assert.deepEqual(await countEffects(ground.simulatorsUrl, new Set(keys)), {
    "billing.AddClient": 1,
    "billing.AddOrder": 1,
    "billing.AcceptOrder": 1,
    "network.CreateService": 1,
    "mail.Send": 1,
  });
}

function assertTimely(t: TestContext, where: string, delays: Parameters<typeof worstDelayMs>[0]): void {
  const worstMs = worstDelayMs(delays);
  t.diagnostic(`${where}: ${delays.length} changes, the slowest shown after ${worstMs} ms`);
  assert.ok(worstMs !== null && worstMs < MAX_PAGE_DELAY_MS, `${where}: ${JSON.stringify(delays)}`);
}
