import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { z } from "zod";
import type { OrgRecord } from "../src/org-core.ts";
import type { RunningOrg } from "../src/serve-org.ts";
import { startOrg } from "../src/start-org.ts";
import { control, startControlledOrg } from "./control-harness.ts";
import { metadataDirs, operator, orderId, publishedEvents, seedFiles } from "./core-harness.ts";
import { temporaryFolder } from "./server-harness.ts";

const integration = "integration@sluice.test";
const integrationId = "005Hs0000000002IAA";
const rows = z.object({ totalSize: z.number(), records: z.array(z.looseObject({})) });
const problems = z.tuple([z.looseObject({ errorCode: z.string() })]);
const outcomes = z.array(z.looseObject({ success: z.boolean(), errors: z.array(z.looseObject({})) }));

type Answer = { readonly status: number; readonly body: unknown };
type Call = (call: string, body?: unknown) => Promise<Answer>;

/** Calls the REST API as a user. */
function callAs(org: RunningOrg, username: string): Call {
  const { accessToken, instanceUrl } = org.signIn(username);
  return async (call, body) => {
    const [method = "GET", path = ""] = call.split(" ");
    const response = await fetch(`${instanceUrl}/services/data/v67.0/${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
  };
}

async function count(call: Call, query: string, resource = "query"): Promise<number> {
  const { status, body } = await call(`GET ${resource}?q=${encodeURIComponent(query)}`);
  assert.equal(status, 200, JSON.stringify(body));
  return rows.parse(body).totalSize;
}

function codeOf({ body }: Answer): string {
  return problems.parse(body)[0].errorCode;
}

function idOfSet({ core }: RunningOrg, name = "Sluice_Integration"): string {
  const set = [...core.all("PermissionSet")].find((each) => each["Name"] === name);
  return String(set?.["Id"]);
}

function orderPermission({ core }: RunningOrg, setId: string): OrgRecord {
  const found = [...core.all("ObjectPermissions")].find(
    (each) => each["ParentId"] === setId && each["SobjectType"] === "Order",
  );
  assert.ok(found);
  return found;
}

async function startPrivate(t: TestContext): Promise<RunningOrg> {
  return startControlledOrg(t, { sharing: { Order: "Private" } });
}

test("everybody sees and changes every order where nothing is said of sharing", async (t) => {
  const org = await startControlledOrg(t);
  const call = callAs(org, integration);
  assert.equal(await count(call, "SELECT COUNT() FROM Order"), 1);
  assert.equal((await call(`PATCH sobjects/Order/${orderId}`, { Description: "Changed" })).status, 204);
});

test("a private order of somebody else is not there for a user without View All", async (t) => {
  const call = callAs(await startPrivate(t), integration);
  const queries = [
    "SELECT COUNT() FROM Order",
    "SELECT Id FROM Order",
    `SELECT Id FROM Order WHERE Id = '${orderId}'`,
    "SELECT Id, Order.OrderNumber FROM OrderItem",
    "SELECT Id FROM OrderItem WHERE OrderId IN (SELECT Id FROM Order)",
  ];
  for (const query of queries) {
    assert.equal(await count(call, query), 0, query);
    assert.equal(await count(call, query, "queryAll"), 0, query);
  }
  const shown = await call("GET query?q=SELECT+Id,(SELECT+Id+FROM+Orders)+FROM+Account");
  assert.ok(rows.parse(shown.body).records.every(({ Orders }) => Orders === null));
  assert.deepEqual(codeOf(await call(`GET sobjects/Order/${orderId}`)), "NOT_FOUND");
  assert.deepEqual((await call(`GET composite/sobjects/Order?ids=${orderId}&fields=Id`)).body, [null]);
  assert.equal((await call("GET sobjects/Order/describe")).status, 200);
});

test("what a user cannot see, the user cannot change, delete or add to", async (t) => {
  const org = await startPrivate(t);
  const call = callAs(org, integration);
  const [line] = org.core.all("OrderItem");
  const change = { Description: "Changed" };
  assert.equal(codeOf(await call(`PATCH sobjects/Order/${orderId}`, change)), "NOT_FOUND");
  assert.equal(codeOf(await call(`DELETE sobjects/Order/${orderId}`)), "NOT_FOUND");
  assert.equal(codeOf(await call(`PATCH sobjects/OrderItem/${String(line?.["Id"])}`, change)), "NOT_FOUND");
  const added = { OrderId: orderId, PricebookEntryId: line?.["PricebookEntryId"], Quantity: 1 };
  const refused = await call("POST sobjects/OrderItem", added);
  assert.equal(codeOf(refused), "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY");

  const records = [{ attributes: { type: "Order" }, id: orderId, ...change }];
  const updated = outcomes.parse((await call("PATCH composite/sobjects", { records })).body);
  assert.equal(updated[0]?.errors[0]?.["statusCode"], "INVALID_CROSS_REFERENCE_KEY");
  const deleted = outcomes.parse((await call(`DELETE composite/sobjects?ids=${orderId}`)).body);
  assert.equal(deleted[0]?.errors[0]?.["statusCode"], "INSUFFICIENT_ACCESS_OR_READONLY");
  assert.equal(org.core.get("Order", orderId)?.["Description"], null);
});

test("a user sees and changes the own private orders, and their lines", async (t) => {
  const org = await startPrivate(t);
  const call = callAs(org, integration);
  org.core.update(operator, "Order", orderId, { OwnerId: integrationId });
  assert.equal(await count(call, "SELECT COUNT() FROM Order"), 1);
  assert.equal(await count(call, "SELECT Id FROM OrderItem WHERE Order.OrderNumber != null"), 1);
  assert.equal((await call(`PATCH sobjects/Order/${orderId}`, { Description: "Mine" })).status, 204);
});

test("View All lets a running session see from the next call on, and takes it back as fast", async (t) => {
  const org = await startPrivate(t);
  const call = callAs(org, integration);
  const grant = { AssigneeId: integrationId, PermissionSetId: idOfSet(org) };
  const granted = await call("POST sobjects/PermissionSetAssignment", grant);
  assert.equal(granted.status, 201);
  assert.equal(await count(call, "SELECT COUNT() FROM Order"), 1);
  assert.equal(await count(call, "SELECT Id FROM OrderItem"), 1);
  // Seeing all is not changing all.
  const change = await call(`PATCH sobjects/Order/${orderId}`, { Description: "Changed" });
  assert.equal(change.status, 403);
  assert.equal(codeOf(change), "INSUFFICIENT_ACCESS_OR_READONLY");

  const again = await call("POST sobjects/PermissionSetAssignment", grant);
  assert.equal(codeOf(again), "DUPLICATE_VALUE");
  const { id } = z.looseObject({ id: z.string() }).parse(granted.body);
  assert.equal((await call(`DELETE sobjects/PermissionSetAssignment/${id}`)).status, 204);
  assert.equal(await count(call, "SELECT COUNT() FROM Order"), 0);
});

test("Modify All lets a user change and see everything", async (t) => {
  const org = await startPrivate(t);
  const call = callAs(org, integration);
  const setId = idOfSet(org);
  org.core.create(operator, "PermissionSetAssignment", {
    AssigneeId: integrationId,
    PermissionSetId: setId,
  });
  const permission = String(orderPermission(org, setId)["Id"]);
  const rights = { PermissionsViewAllRecords: false, PermissionsModifyAllRecords: true };
  assert.equal((await call(`PATCH sobjects/ObjectPermissions/${permission}`, rights)).status, 204);
  assert.equal((await call(`PATCH sobjects/Order/${orderId}`, { Description: "Changed" })).status, 204);
  assert.equal(await count(call, "SELECT COUNT() FROM Order"), 1);
});

test("a set with View All Data shows everything", async (t) => {
  const org = await startPrivate(t);
  const setId = org.core.create(operator, "PermissionSet", {
    Name: "Sees_All",
    Label: "Sees all",
    PermissionsViewAllData: true,
  });
  org.core.create(operator, "PermissionSetAssignment", {
    AssigneeId: integrationId,
    PermissionSetId: setId,
  });
  assert.equal(await count(callAs(org, integration), "SELECT COUNT() FROM Order"), 1);
});

test("with the model Read everybody sees, and the owner changes", async (t) => {
  const org = await startControlledOrg(t, { sharing: { Order: "Read" } });
  const call = callAs(org, integration);
  assert.equal(await count(call, "SELECT COUNT() FROM Order"), 1);
  const refused = await call(`PATCH sobjects/Order/${orderId}`, { Description: "Changed" });
  assert.equal(codeOf(refused), "INSUFFICIENT_ACCESS_OR_READONLY");
  const owner = callAs(org, "operator@sluice.test");
  assert.equal((await owner(`PATCH sobjects/Order/${orderId}`, { Description: "Mine" })).status, 204);
});

test("flows and events know no sharing", async (t) => {
  const org = await startPrivate(t);
  org.core.update(operator, "Order", orderId, { Status: "Approved" });
  assert.equal(publishedEvents(org.core).length, 1);
  assert.equal(await count(callAs(org, integration), "SELECT COUNT() FROM Order"), 0);
});

test("the gap check's question is answered by who has View All on Order", async (t) => {
  const org = await startPrivate(t);
  const call = callAs(org, integration);
  const asked = (userId: string): string =>
    "SELECT PermissionsViewAllRecords FROM ObjectPermissions WHERE SobjectType = 'Order' " +
    "AND (PermissionsViewAllRecords = true OR PermissionsModifyAllRecords = true) " +
    `AND ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '${userId}')`;
  assert.equal(await count(call, asked(operator.userId)), 1);
  assert.equal(await count(call, asked(integrationId)), 0);
  const byName =
    "SELECT Id FROM ObjectPermissions WHERE Parent.Name = 'Sluice_Integration' AND SobjectType = 'Order'";
  assert.equal(await count(call, byName), 1);
});

test("sharing is set over the control plane, kept over a restart, and put back by a reset", async (t) => {
  const dataDir = await temporaryFolder(t);
  const start = (): Promise<RunningOrg> =>
    startOrg({ metadataDirs, dataDir, seedFiles: seedFiles("10-", "20-", "f01") });
  const first = await start();
  const set = await control(first, "POST sharing", { object: "Order", model: "Private" });
  assert.deepEqual(set.body, {
    sharing: { Account: "ReadWrite", Contact: "ReadWrite", Order: "Private" },
  });
  assert.equal(await count(callAs(first, integration), "SELECT COUNT() FROM Order"), 0);
  await first.close();

  await using second = await start();
  assert.equal(await count(callAs(second, integration), "SELECT COUNT() FROM Order"), 0);
  await control(second, "POST reset");
  assert.deepEqual((await control(second, "GET sharing")).body, {
    sharing: { Account: "ReadWrite", Contact: "ReadWrite", Order: "ReadWrite" },
  });
  assert.equal(await count(callAs(second, integration), "SELECT COUNT() FROM Order"), 1);
});

test("sharing is refused for what has no owner, and for a model that is none", async (t) => {
  const org = await startControlledOrg(t);
  const noOwner = await control(org, "POST sharing", { object: "OrderItem", model: "Private" });
  assert.equal(noOwner.status, 400);
  assert.match(JSON.stringify(noOwner.body), /OrderItem has no sharing model/);
  assert.equal((await control(org, "POST sharing", { object: "Order", model: "Public" })).status, 400);
});

test("the client sluice-integration acts as the integration user", async (t) => {
  const org = await startControlledOrg(t);
  const answer = await fetch(`${org.url}/services/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "sluice-integration",
      client_secret: "sluice-integration-secret",
    }),
  });
  const { id } = z.looseObject({ id: z.string() }).parse(await answer.json());
  assert.ok(id.endsWith(integrationId), id);
});
