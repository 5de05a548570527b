import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { isRecordId } from "../src/ids.ts";
import { getOrder, openTestOrg, operator, seedFiles, tempDir } from "./core-harness.ts";

test("the demo seed holds the twelve fixtures as drafts, with their totals and right ids", (t) => {
  const { core } = openTestOrg(t, { seedFiles: seedFiles("") });
  assert.equal(core.orgId, "00D000000000001EAA");
  const orders = [...core.all("Order")];
  assert.deepEqual(
    orders.map((order) => [order["OrderNumber"], order["TotalAmount"]]),
    [
      ["00000101", 12],
      ["00000102", 57],
      ["00000103", 100],
      ["00000104", 28],
      ["00000105", 12],
      ["00000106", 24],
      ["00000107", 7788],
      ["00000108", 12],
      ["00000109", 0],
      ["00000110", 50],
      ["00000111", 31],
      ["00000112", 24],
    ],
  );
  for (const order of orders) {
    assert.equal(order["Status"], "Draft");
    assert.equal(order["Approval_Sequence__c"], null);
    assert.equal(order["Provisioning_Status__c"], "Not Requested");
  }
  for (const object of core.schema.objects.values()) {
    if (object.kind === "event") continue;
    const records = [...core.all(object.name)];
    assert.ok(records.length > 0, object.name);
    for (const record of records) assert.ok(isRecordId(String(record["Id"])), String(record["Id"]));
  }
  assert.deepEqual(
    [...core.all("User")].map((user) => user["Username"]),
    ["operator@sluice.test", "integration@sluice.test"],
  );
  assert.equal([...core.all("Product2")].length, 12);
  assert.equal(core.bus.read("/event/OrderProvisionRequested__e", -1, 10).length, 0);
});

test("fixtures keep what makes them special", (t) => {
  const { core } = openTestOrg(t, { seedFiles: seedFiles("10-", "20-", "f07", "f08", "f10") });
  const lines = [...core.all("OrderItem")];
  const linesOf = (orderId: string) => lines.filter((line) => line["OrderId"] === orderId);
  assert.equal(linesOf("801Hs0000000007IAA").length, 250);
  assert.equal(String(getOrder(core, "801Hs0000000007IAA")["Description"]).length, 32_000);
  const unicode = getOrder(core, "801Hs0000000008IAA");
  assert.equal(
    unicode["Description"],
    'مرحبا <b>&"quotes"</b> \u200fRTL, e\u0301 (combining), zero\u200bwidth',
  );
  assert.equal(core.get("Account", String(unicode["AccountId"]))?.["Name"], "Żółta Łódź Sp. z o.o. 🚀");
  const bundle = linesOf("801Hs0000000010IAA");
  assert.deepEqual(
    bundle.map((line) => [line["Bundle_Parent__c"], line["Depends_On__c"]]),
    [
      [null, null],
      ["802Hs0000001001IAA", null],
      ["802Hs0000001001IAA", "802Hs0000001002IAA"],
      ["802Hs0000001001IAA", "802Hs0000001002IAA"],
      ["802Hs0000001001IAA", "802Hs0000001002IAA"],
    ],
  );
});

test("a wrong seed is refused with file and record, and fills in nothing", (t) => {
  const dir = tempDir(t);
  const bad = join(dir, "bad.json");
  writeFileSync(
    bad,
    JSON.stringify({ description: "Bad.", records: [{ object: "Order", values: { Status: "Draft" } }] }),
  );
  const databaseFile = join(dir, "org.db");
  const files = seedFiles("10-");
  assert.throws(() => openTestOrg(t, { databaseFile, seedFiles: [...files, bad] }), {
    code: "bad_seed",
    message: /bad\.json: Record 1 \(Order\) is refused: REQUIRED_FIELD_MISSING: .*EffectiveDate/,
  });
  const { core } = openTestOrg(t, { databaseFile, seedFiles: files });
  assert.equal([...core.all("User")].length, 2);

  writeFileSync(bad, "{");
  assert.throws(() => openTestOrg(t, { seedFiles: [bad] }), {
    code: "bad_seed",
    message: /cannot be read as JSON/,
  });
  writeFileSync(bad, JSON.stringify({ description: "Bad.", records: [{ objekt: "Order" }] }));
  assert.throws(() => openTestOrg(t, { seedFiles: [bad] }), { code: "bad_seed", message: /objekt/ });
});

test("an org without a seed has the demo's org and its users", (t) => {
  const { core } = openTestOrg(t, { seedFiles: [] });
  assert.equal(core.orgId, "00D000000000001EAA");
  assert.deepEqual(
    [...core.all("User")].map((user) => [user["Id"], user["Username"]]),
    [
      [operator.userId, "operator@sluice.test"],
      ["005Hs0000000002IAA", "integration@sluice.test"],
    ],
  );
});

test("a database that lost its Organization does not open", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  openTestOrg(t, { databaseFile }).core.close();
  const sqlite = new DatabaseSync(databaseFile);
  sqlite.exec("DELETE FROM record WHERE object = 'Organization'");
  sqlite.close();
  assert.throws(() => openTestOrg(t, { databaseFile }), {
    code: "no_organization",
    message: /It holds records and no Organization/,
  });
});
