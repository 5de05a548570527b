import assert from "node:assert/strict";
import { test } from "node:test";
import {
  copyMetadata,
  getOrder,
  objects,
  openTestOrg,
  operator,
  orderId,
  publishedEvents,
  seedFiles,
  setStatus,
  startMs,
} from "./core-harness.ts";

test("a clone of an order is a draft with all fields that can be set, custom ones included", (t) => {
  const { core, time } = openTestOrg(t);
  setStatus(core, "Approved");
  core.update(operator, "Order", orderId, {
    PoNumber: "4711",
    Provisioning_Status__c: "Completed",
    Provisioning_Version__c: 9,
  });
  setStatus(core, "Activated");
  time.nowMs += 60_000;
  const original = getOrder(core);
  const clone = getOrder(core, core.clone(operator, "Order", orderId));
  for (const field of [
    "AccountId",
    "Pricebook2Id",
    "EffectiveDate",
    "BillToContactId",
    "PoNumber",
    "Approval_Sequence__c",
    "Approved_At__c",
    "Provisioning_Status__c",
    "Provisioning_Version__c",
    "TotalAmount",
  ]) {
    assert.equal(clone[field], original[field], field);
  }
  assert.equal(clone["Approval_Sequence__c"], 1);
  assert.equal(clone["Status"], "Draft");
  assert.equal(clone["StatusCode"], "Draft");
  assert.equal(clone["ActivatedDate"], null);
  assert.notEqual(clone["Id"], original["Id"]);
  assert.equal(clone["OrderNumber"], "00000102");
  assert.equal(clone["CreatedDate"], new Date(startMs + 60_000).toISOString());
  assert.equal(publishedEvents(core).length, 1, "no flow runs on create");
  assert.equal(getOrder(core), original);
});

test("the lines are cloned in their order, and the approval of a clone has a key of its own", (t) => {
  const { core } = openTestOrg(t, { seedFiles: seedFiles("10-", "20-", "f10") });
  const id = "801Hs0000000010IAA";
  const linesOf = (order: string) => [...core.all("OrderItem")].filter((line) => line["OrderId"] === order);
  const heard: number[] = [];
  core.onChange(({ records }) => heard.push(records.length));
  const cloneId = core.clone(operator, "Order", id);
  const fields = ["PricebookEntryId", "Product2Id", "Quantity", "UnitPrice", "TotalPrice", "Depends_On__c"];
  const shown = (order: string) => linesOf(order).map((line) => fields.map((field) => line[field]));
  assert.equal(linesOf(cloneId).length, 5);
  assert.deepEqual(shown(cloneId), shown(id));
  assert.deepEqual(heard, [6], "one request: the order and its five lines");
  setStatus(core, "Approved", id);
  setStatus(core, "Approved", cloneId);
  assert.deepEqual(
    publishedEvents(core).map((event) => event["Request_Key__c"]),
    [`${id}-1-P`, `${cloneId}-1-P`],
  );
});

test("a clone goes through rules, and one that is refused leaves nothing", (t) => {
  const metadata = copyMetadata(t);
  metadata.add(
    `${objects}/Order/validationRules/Total_Limit.validationRule-meta.xml`,
    `<ValidationRule xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>Total_Limit</fullName>
     <active>true</active><errorConditionFormula>AND(TotalAmount &gt; 10, ISBLANK(PoNumber))</errorConditionFormula>
     <errorMessage>Say your number</errorMessage></ValidationRule>`,
  );
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  const count = [...core.all("Order")].length;
  assert.throws(() => core.clone(operator, "Order", orderId), { message: "Say your number" });
  assert.equal([...core.all("Order")].length, count);
  assert.equal([...core.all("OrderItem")].length, 1);
  assert.throws(() => core.clone(operator, "Order", "801Hs0000000999IAA"), { code: "ENTITY_IS_DELETED" });
});
