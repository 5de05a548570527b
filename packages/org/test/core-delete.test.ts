import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { OrgCore } from "../src/org-core.ts";
import { getOrder, openTestOrg, operator, orderId, seedFiles, setStatus, tempDir } from "./core-harness.ts";

const accountId = "001Hs0000000001IAA";
const contactId = "003Hs0000000001IAA";
const lineId = "802Hs0000000101IAA";
const idsOf = (core: OrgCore, objectName: string) => [...core.all(objectName)].map((record) => record["Id"]);

test("a deleted order is in the recycle bin, its lines are gone, also after a restart", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const { core } = openTestOrg(t, { databaseFile });
  core.delete(operator, "Order", orderId);
  const check = (org: OrgCore): void => {
    assert.equal(org.get("Order", orderId), undefined);
    assert.deepEqual(idsOf(org, "OrderItem"), []);
    assert.equal(org.recycleBin.get("Order", orderId)?.["IsDeleted"], true);
    assert.deepEqual([...org.recycleBin.all("OrderItem")], []);
    assert.throws(
      () => {
        org.update(operator, "Order", orderId, {});
      },
      { code: "ENTITY_IS_DELETED" },
    );
    assert.throws(
      () => {
        org.delete(operator, "Order", orderId);
      },
      { code: "ENTITY_IS_DELETED" },
    );
  };
  check(core);
  core.close();
  check(openTestOrg(t, { databaseFile }).core);
});

test("an activated order and its lines cannot be deleted, a draft again they can", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  setStatus(core, "Activated");
  assert.throws(
    () => {
      core.delete(operator, "Order", orderId);
    },
    { code: "DELETE_FAILED", message: /activated/ },
  );
  assert.throws(
    () => {
      core.delete(operator, "OrderItem", lineId);
    },
    { code: "ENTITY_IS_LOCKED" },
  );
  setStatus(core, "Draft");
  core.delete(operator, "OrderItem", lineId);
  assert.equal(getOrder(core)["TotalAmount"], 0);
  core.delete(operator, "Order", orderId);
});

test("lookups to a deleted record are emptied, its details go too, and some records are held fast", (t) => {
  const { core } = openTestOrg(t);
  assert.throws(
    () => {
      core.delete(operator, "Account", accountId);
    },
    { code: "DELETE_FAILED", message: /1 Order records refer to it by AccountId/ },
  );
  core.delete(operator, "Contact", contactId);
  assert.equal(getOrder(core)["BillToContactId"], null);
  core.create(operator, "Contact", { AccountId: accountId, LastName: "Holm" });
  core.delete(operator, "Order", orderId);
  core.delete(operator, "Account", accountId);
  assert.deepEqual(idsOf(core, "Contact"), []);
  for (const [objectName, id] of [
    ["User", operator.userId],
    ["Organization", core.orgId],
  ] as const) {
    assert.throws(
      () => {
        core.delete(operator, objectName, id);
      },
      { code: "INVALID_TYPE_FOR_OPERATION" },
    );
  }
});

test("a deletion that is rolled back puts everything in its place", (t) => {
  const { core } = openTestOrg(t, { seedFiles: seedFiles("10-", "20-", "f01", "f02", "f10") });
  const snapshot = () => [
    [...core.all("Order")],
    [...core.all("OrderItem")],
    [...core.recycleBin.all("Order")],
  ];
  const before = snapshot();
  const results = core.saveAll(
    operator,
    [
      { kind: "delete", objectName: "Order", id: orderId },
      { kind: "delete", objectName: "OrderItem", id: "802Hs0000001002IAA" },
      { kind: "delete", objectName: "Order", id: orderId },
    ],
    { allOrNone: true },
  );
  assert.deepEqual(
    results.map((result) => (result.kind === "refused" ? result.error.code : result.id)),
    ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "ALL_OR_NONE_OPERATION_ROLLED_BACK", "ENTITY_IS_DELETED"],
  );
  assert.deepEqual(snapshot(), before);
  core.delete(operator, "OrderItem", "802Hs0000001002IAA");
  const left = [...core.all("OrderItem")].filter((line) => line["OrderId"] === "801Hs0000000010IAA");
  assert.deepEqual(
    left.map((line) => line["Depends_On__c"]),
    [null, null, null, null],
  );
});

test("an activated order whose products were taken back stays activated", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  setStatus(core, "Activated");
  core.create(operator, "Order", {
    AccountId: accountId,
    EffectiveDate: "2026-12-01",
    IsReductionOrder: true,
    OriginalOrderId: orderId,
  });
  assert.throws(
    () => {
      setStatus(core, "Draft");
    },
    { code: "FIELD_INTEGRITY_EXCEPTION", message: /reduction/ },
  );
});

test("the account of an order is free while it is a draft, and fixed while it is active", (t) => {
  const { core } = openTestOrg(t);
  const other = core.create(operator, "Account", { Name: "Other" });
  const change = (values: { readonly AccountId: string; readonly Status?: string }): void => {
    core.update(operator, "Order", orderId, values);
  };
  change({ AccountId: other });
  setStatus(core, "Approved");
  setStatus(core, "Activated");
  for (const values of [{ AccountId: accountId }, { AccountId: accountId, Status: "Draft" }]) {
    assert.throws(
      () => {
        change(values);
      },
      { code: "ENTITY_IS_LOCKED", fields: ["AccountId"] },
    );
  }
  core.update(operator, "Order", orderId, { PoNumber: "4711" });
  setStatus(core, "Draft");
  change({ AccountId: accountId });
  assert.equal(getOrder(core)["AccountId"], accountId);
});

test("a database from before there was a recycle bin opens, keeps its records and gets one", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const first = openTestOrg(t, { databaseFile }).core;
  const before = [...first.all("Order"), ...first.all("OrderItem")];
  first.close();
  const sqlite = new DatabaseSync(databaseFile);
  sqlite.exec(
    "ALTER TABLE record DROP COLUMN deleted; DROP TABLE event_usage; DROP TABLE managed_subscription; DROP TABLE waiting_batch",
  );
  sqlite.exec("PRAGMA user_version = 1");
  sqlite.close();
  const { core } = openTestOrg(t, { databaseFile });
  assert.deepEqual([...core.all("Order"), ...core.all("OrderItem")], before);
  core.delete(operator, "Order", orderId);
  assert.equal(core.recycleBin.get("Order", orderId)?.["Id"], orderId);
});
