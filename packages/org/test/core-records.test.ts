import assert from "node:assert/strict";
import { test } from "node:test";
import { idSuffix, isRecordId, makeRecordId } from "../src/ids.ts";
import type { OrgCore, OrgRecord } from "../src/org-core.ts";
import {
  getOrder,
  openTestOrg,
  operator,
  orderId,
  publishedEvents,
  setStatus,
  startMs,
} from "./core-harness.ts";

const accountId = "001Hs0000000001IAA";
const pricebookId = "01sHs0000000001IAA";
const lineId = "802Hs0000000101IAA";
const simEntryId = "01uHs0000000002IAA";
const startIso = new Date(startMs).toISOString();

function createOrder(core: OrgCore, values: OrgRecord = {}): string {
  return core.create(operator, "Order", {
    AccountId: accountId,
    Pricebook2Id: pricebookId,
    EffectiveDate: "2026-12-01",
    ...values,
  });
}

function addLine(core: OrgCore, order: string, values: OrgRecord = {}): string {
  return core.create(operator, "OrderItem", {
    OrderId: order,
    PricebookEntryId: simEntryId,
    Quantity: 2,
    ...values,
  });
}

test("a new order gets an id, a number, defaults and who made it when", (t) => {
  const { core } = openTestOrg(t);
  const id = createOrder(core);
  assert.ok(isRecordId(id) && id.startsWith("801"), id);
  const order = getOrder(core, id);
  assert.equal(order["OrderNumber"], "00000102");
  assert.equal(order["Status"], "Draft");
  assert.equal(order["StatusCode"], "Draft");
  assert.equal(order["Provisioning_Status__c"], "Not Requested");
  assert.equal(order["Approval_Sequence__c"], null);
  assert.equal(order["TotalAmount"], 0);
  for (const field of ["CreatedById", "LastModifiedById", "OwnerId"]) {
    assert.equal(order[field], operator.userId, field);
  }
  for (const field of ["CreatedDate", "LastModifiedDate", "SystemModstamp"]) {
    assert.equal(order[field], startIso, field);
  }
  assert.equal(getOrder(core, createOrder(core))["OrderNumber"], "00000103");
});

test("lines take price and product from their entry, and the order adds them up", (t) => {
  const { core, time } = openTestOrg(t);
  const id = createOrder(core);
  time.nowMs += 1_000;
  const first = core.get("OrderItem", addLine(core, id));
  assert.equal(first?.["Product2Id"], "01tHs0000000002IAA");
  assert.equal(first?.["UnitPrice"], 12);
  assert.equal(first?.["ListPrice"], 12);
  assert.equal(first?.["TotalPrice"], 24);
  addLine(core, id, { Quantity: 3, UnitPrice: 0.1 });
  const order = getOrder(core, id);
  assert.equal(order["TotalAmount"], 24.3);
  assert.equal(order["SystemModstamp"], new Date(startMs + 1_000).toISOString());
  assert.equal(order["CreatedDate"], startIso);
  core.update(operator, "OrderItem", String(first?.["Id"]), { Quantity: 1 });
  assert.equal(getOrder(core, id)["TotalAmount"], 12.3);
});

test("activation needs a line and Status alone, stamps the order and locks its lines", (t) => {
  const { core } = openTestOrg(t);
  const empty = createOrder(core);
  assert.throws(
    () => {
      setStatus(core, "Activated", empty);
    },
    { code: "FAILED_ACTIVATION", message: /at least one product/ },
  );
  assert.throws(
    () => {
      core.update(operator, "Order", orderId, { Status: "Activated", PoNumber: "1" });
    },
    { code: "FAILED_ACTIVATION", message: /leave out PoNumber/ },
  );
  setStatus(core, "Approved");
  setStatus(core, "Activated");
  const order = getOrder(core);
  assert.equal(order["StatusCode"], "Activated");
  assert.equal(order["ActivatedDate"], startIso);
  assert.equal(order["ActivatedById"], operator.userId);
  assert.throws(() => addLine(core, orderId), { code: "ENTITY_IS_LOCKED" });
  assert.throws(
    () => {
      core.update(operator, "OrderItem", lineId, { Quantity: 5 });
    },
    { code: "ENTITY_IS_LOCKED" },
  );
  core.update(operator, "Order", orderId, { Provisioning_Step__c: "Done" });
  setStatus(core, "Draft");
  assert.equal(getOrder(core)["StatusCode"], "Draft");
});

const refusals: readonly {
  readonly what: string;
  readonly values: OrgRecord;
  readonly code: string;
  readonly message: RegExp;
}[] = [
  {
    what: "an unknown field",
    values: { Colour__c: "red" },
    code: "INVALID_FIELD",
    message: /No such column 'Colour__c' on sobject of type Order/,
  },
  {
    what: "a field of the org",
    values: { OrderNumber: "1" },
    code: "INVALID_FIELD_FOR_INSERT_UPDATE",
    message: /OrderNumber/,
  },
  {
    what: "a status that is none",
    values: { Status: "Approvd" },
    code: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    message: /Approvd\. Allowed are Draft/,
  },
  {
    what: "a required field emptied",
    values: { EffectiveDate: null },
    code: "REQUIRED_FIELD_MISSING",
    message: /\[EffectiveDate\]/,
  },
  {
    what: "too long a text",
    values: { PoNumber: "x".repeat(81) },
    code: "STRING_TOO_LONG",
    message: /max length=80/,
  },
  {
    what: "a text for a number",
    values: { Provisioning_Version__c: "1" },
    code: "INVALID_TYPE_ON_FIELD_IN_RECORD",
    message: /expected a number/,
  },
  {
    what: "too large a number",
    values: { Approval_Sequence__c: 1_000_000 },
    code: "NUMBER_OUTSIDE_VALID_RANGE",
    message: /6 digits/,
  },
  {
    what: "a date that is none",
    values: { EffectiveDate: "1.2.2026" },
    code: "INVALID_TYPE_ON_FIELD_IN_RECORD",
    message: /expected a date in ISO 8601/,
  },
  {
    what: "a malformed id",
    values: { AccountId: "001Hs0000000001" },
    code: "MALFORMED_ID",
    message: /001Hs0000000001$/,
  },
  {
    what: "an account that is not there",
    values: { AccountId: "001Hs0000000999IAA" },
    code: "INVALID_CROSS_REFERENCE_KEY",
    message: /no Account with the id/,
  },
  {
    what: "another price book",
    values: { Pricebook2Id: null },
    code: "FIELD_INTEGRITY_EXCEPTION",
    message: /price book/,
  },
];

for (const { what, values, code, message } of refusals) {
  test(`an update is refused for ${what}, and changes nothing`, (t) => {
    const { core } = openTestOrg(t);
    const before = getOrder(core);
    assert.throws(
      () => {
        core.update(operator, "Order", orderId, { Description: "changed", ...values });
      },
      { name: "OrgError", code, message },
    );
    assert.equal(getOrder(core), before);
  });
}

test("a refused line leaves its order's total as it was", (t) => {
  const { core } = openTestOrg(t);
  const count = [...core.all("OrderItem")].length;
  assert.throws(() => addLine(core, orderId, { Quantity: 0 }), { code: "FIELD_INTEGRITY_EXCEPTION" });
  assert.throws(() => addLine(core, createOrder(core, { Pricebook2Id: null })), {
    code: "FIELD_INTEGRITY_EXCEPTION",
    message: /another price book/,
  });
  assert.equal([...core.all("OrderItem")].length, count);
  assert.equal(getOrder(core)["TotalAmount"], 12);
});

test("unknown objects and records are refused by their code", (t) => {
  const { core } = openTestOrg(t);
  assert.throws(() => core.create(operator, "Opportunity", {}), { code: "INVALID_TYPE" });
  assert.throws(() => core.create(operator, "OrderProvisionRequested__e", {}), { code: "INVALID_TYPE" });
  assert.throws(
    () => {
      core.update(operator, "Order", "801Hs0000000999IAA", {});
    },
    { code: "ENTITY_IS_DELETED" },
  );
  assert.throws(() => createOrder(core, { Status: "Activated" }), { code: "FAILED_ACTIVATION" });
  assert.equal(core.get("Order", "801Hs0000000999IAA"), undefined);
});

test("text loses trailing blanks, empty text is null, numbers are rounded to their scale", (t) => {
  const { core } = openTestOrg(t);
  core.update(operator, "Order", orderId, { PoNumber: "4711  ", Description: "", Approval_Sequence__c: 2.5 });
  const order = getOrder(core);
  assert.equal(order["PoNumber"], "4711");
  assert.equal(order["Description"], null);
  assert.equal(order["Approval_Sequence__c"], 3);
  core.update(operator, "Order", orderId, { Approved_At__c: "2026-11-23T10:00:00+0200" });
  assert.equal(getOrder(core)["Approved_At__c"], "2026-11-23T08:00:00.000Z");
});

test("an order inserted as approved starts no flow", (t) => {
  const { core } = openTestOrg(t);
  const order = getOrder(core, createOrder(core, { Status: "Approved" }));
  assert.equal(order["Approval_Sequence__c"], null);
  assert.deepEqual(publishedEvents(core), []);
});

test("names of people are put together", (t) => {
  const { core } = openTestOrg(t);
  const id = core.create(operator, "Contact", { AccountId: accountId, FirstName: "Ida", LastName: "Holm" });
  assert.equal(core.get("Contact", id)?.["Name"], "Ida Holm");
  core.update(operator, "Contact", id, { FirstName: null });
  assert.equal(core.get("Contact", id)?.["Name"], "Holm");
});

test("ids carry the suffix that tells upper case", () => {
  assert.equal(idSuffix("801Hs0000000001"), "IAA");
  assert.equal(idSuffix("00D000000000001"), "EAA");
  assert.equal(idSuffix("ABCDEabcdeAbCdE"), "5AV");
  assert.equal(isRecordId("801Hs0000000001IAA"), true);
  assert.equal(isRecordId("801hs0000000001IAA"), false);
  assert.equal(makeRecordId("801", 1), "801Hs1000000001IAA");
  assert.equal(makeRecordId("001", 62 * 62 - 1), "001Hs10000000zzIAA");
  assert.equal(makeRecordId("001", 36), "001Hs100000000aIAA");
});
