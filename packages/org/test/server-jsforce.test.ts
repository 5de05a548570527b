import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Connection } from "@jsforce/jsforce-node";
import { toLongId } from "../src/soql/record-id.ts";
import { fakeCore, operatorId } from "./server-fake-core.ts";
import { serve } from "./server-harness.ts";

const orderIds = Array.from(
  { length: 2_050 },
  (_unused, index) => toLongId(`801${String(index).padStart(12, "0")}`) ?? "",
);
const [firstId = "", secondId = ""] = orderIds;

async function startOrg(context: TestContext) {
  const core = fakeCore({
    User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true, Name: "Olga" }],
    Account: [{ Id: "001000000000001AAA", Name: "Acme" }],
    Order: orderIds.map((Id, index) => ({
      Id,
      OrderNumber: String(index),
      Status: "Draft",
      AccountId: "001000000000001AAA",
      Approved_At__c: null,
    })),
  });
  const org = await serve(context, core);
  return { core, org };
}

test("login by password, with jsforce's own default version, reads and changes an order", async (context) => {
  const { core, org } = await startOrg(context);
  const connection = new Connection({ loginUrl: org.url });
  const user = await connection.login("operator@sluice.test", "sluice-demo");
  assert.deepEqual([user.id, user.organizationId], [operatorId, org.orgId]);
  const found = await connection.query("SELECT Id, Account.Name FROM Order WHERE OrderNumber = '0'");
  assert.equal(found.records[0]?.["Account"]?.Name, "Acme");
  const saved = await connection.sobject("Order").update({ Id: firstId, Status: "Approved" });
  assert.equal(saved.success, true);
  assert.equal(core.get("Order", firstId)?.["Status"], "Approved");
  const identity = await connection.identity();
  assert.deepEqual([identity.username, identity.organization_id], ["operator@sluice.test", org.orgId]);
  await connection.logout();
  await assert.rejects(
    new Connection({ loginUrl: org.url }).login("operator@sluice.test", "x"),
    /INVALID_LOGIN/,
  );
});

test("client credentials, paging, collections, describe and limits work through jsforce", async (context) => {
  const { core, org } = await startOrg(context);
  const connection = new Connection({
    version: "67.0",
    oauth2: { loginUrl: org.url, clientId: "sluice-demo", clientSecret: "sluice-demo-secret" },
  });
  await connection.authorize({ grant_type: "client_credentials" });

  const all = await connection.query("SELECT Id FROM Order", { autoFetch: true, maxFetch: 5_000 });
  assert.equal(all.records.length, orderIds.length);

  const results = await connection.sobject("Order").update([
    { Id: firstId, Status: "Approved" },
    { Id: secondId, Status: "Nonsense" },
  ]);
  assert.deepEqual(
    results.map((result) => result.success),
    [true, false],
  );
  // The rows of a collection say statusCode where single calls say errorCode; jsforce's types miss that.
  const [error] = (results[1]?.errors ?? []) as readonly object[];
  assert.ok(error !== undefined && "statusCode" in error);
  assert.equal(error.statusCode, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");

  const read = await connection.sobject("Order").retrieve([firstId, secondId]);
  assert.deepEqual(
    read.map((record) => record["Status"]),
    ["Approved", "Draft"],
  );

  const created = await connection.sobject("Account").create({ Name: "New" });
  assert.equal(core.get("Account", created.id ?? "")?.["Name"], "New");

  const description = await connection.sobject("Order").describe();
  assert.ok(description.fields.some((field) => field.name === "Status"));
  const limits = await connection.limits();
  assert.equal(limits["DailyApiRequests"]?.Max, 100_000);

  const badQuery = async (): Promise<unknown> => connection.query("SELECT Nothing FROM Order");
  await assert.rejects(badQuery, { errorCode: "INVALID_FIELD" });
  await assert.rejects(connection.sobject("Order").update({ Id: firstId, Foo__c: 1 }), {
    errorCode: "INVALID_FIELD",
  });
});
