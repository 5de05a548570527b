import assert from "node:assert/strict";
import { test } from "node:test";
import { revisionStates } from "../src/orders/revision-state.ts";
import { countryCodeOf } from "../src/salesforce/country-code.ts";
import { defaultMapping, provisioningStatusOf } from "../src/salesforce/mapping.ts";
import { readEvent } from "../src/salesforce/read-event.ts";

const orderId = "801Hs0000000001IAA";
const full = {
  CreatedDate: 1_795_424_400_000,
  Order_Id__c: orderId,
  Request_Type__c: "Provision",
  Request_Key__c: `${orderId}-1-P`,
  Order_Number__c: "00000101",
  Account_Id__c: "001Hs0000000001",
  Approved_At__c: 1_795_424_400_000,
  Approved_By_Id__c: "005000000000001AAA",
  Order_Modified_At__c: 1_795_424_400_123,
  Total_Amount__c: 12,
};

test("an approval becomes a request with 18-character ids and UTC times", () => {
  assert.deepEqual(readEvent(full, defaultMapping), {
    kind: "provision",
    orderId,
    requestKey: `${orderId}-1-P`,
    orderNumber: "00000101",
    accountId: "001Hs0000000001IAA",
    approvedAt: "2026-11-23T09:00:00.000Z",
    approvedById: "005000000000001AAA",
    orderModifiedAt: "2026-11-23T09:00:00.123Z",
    totalAmount: 12,
  });
});

test("an order id is all that an event has to carry, in its short form too", () => {
  assert.deepEqual(readEvent({ Order_Id__c: "801Hs0000000001" }, defaultMapping), {
    kind: "provision",
    orderId,
    requestKey: null,
    orderNumber: null,
    accountId: null,
    approvedAt: null,
    approvedById: null,
    orderModifiedAt: null,
    totalAmount: null,
  });
});

test("fields that cannot be read become null and do not refuse the event", () => {
  const reading = readEvent(
    {
      ...full,
      Account_Id__c: "nobody",
      Approved_At__c: "soon",
      CreatedDate: null,
      Total_Amount__c: Number.NaN,
      Request_Key__c: "",
    },
    defaultMapping,
  );
  assert.ok(reading.kind === "provision");
  assert.equal(reading.accountId, null);
  assert.equal(reading.approvedAt, null);
  assert.equal(reading.totalAmount, null);
  assert.equal(reading.requestKey, null);
});

test("an event without a time of approval is judged by the time it was published", () => {
  const reading = readEvent(
    { ...full, Approved_At__c: null, CreatedDate: 1_795_424_401_000 },
    defaultMapping,
  );
  assert.ok(reading.kind === "provision");
  assert.equal(reading.approvedAt, "2026-11-23T09:00:01.000Z");
});

test("a cancellation is told from an approval by the request type alone", () => {
  assert.equal(readEvent({ ...full, Request_Type__c: "Cancel" }, defaultMapping).kind, "cancel");
  assert.equal(readEvent({ ...full, Request_Type__c: null }, defaultMapping).kind, "provision");
  assert.equal(readEvent({ ...full, Request_Type__c: "" }, defaultMapping).kind, "provision");
});

test("an unknown request type is refused with the values that are known", () => {
  assert.deepEqual(readEvent({ ...full, Request_Type__c: "cancel" }, defaultMapping), {
    kind: "invalid",
    reason:
      'Request_Type__c is "cancel", but only "Provision" and "Cancel" are known; correct the publisher or the mapping, then re-inject the event',
  });
});

for (const [value, shown] of [
  [undefined, "missing"],
  [null, "null"],
  [42, "a number"],
  ["", '""'],
  ["801Hs000000000", '"801Hs000000000"'],
  ["801Hs0000000001IAB", '"801Hs0000000001IAB"'],
  ["801Hs0000000001' OR", `"801Hs0000000001' OR"`],
] as const) {
  test(`an order id that is ${shown} refuses the event and says what to do`, () => {
    assert.deepEqual(readEvent({ ...full, Order_Id__c: value }, defaultMapping), {
      kind: "invalid",
      reason: `Order_Id__c is ${shown}, not a record id of 15 or 18 characters; correct the publisher or the mapping, then re-inject the event`,
    });
  });
}

test("another org's names are read through a changed mapping", () => {
  const { event } = defaultMapping;
  const mapping = {
    ...defaultMapping,
    event: { ...event, fields: { ...event.fields, orderId: "Sales_Order__c" } },
  };
  const reading = readEvent({ Sales_Order__c: orderId }, mapping);
  assert.equal(reading.kind === "provision" && reading.orderId, orderId);
});

test("every state has its status in Salesforce, or none on purpose", () => {
  const statuses = Object.fromEntries(
    revisionStates.map((state) => [state, provisioningStatusOf(state, defaultMapping)]),
  );
  assert.deepEqual(statuses, {
    queued: "Acknowledged",
    running: "In Progress",
    waiting: "In Progress",
    customer: "Pending",
    held: "Held",
    cancelling: "In Progress",
    completed: "Completed",
    cancelled: "Cancelled",
    failed: "Failed",
    before_go_live: null,
    absorbed: null,
  });
});

test("a country is told by its code or its English name, and by nothing else", () => {
  const countries = ["NL", "pl", "Netherlands", "united kingdom", "Germany", "Sweden", "Nowhere", "", null];
  assert.deepEqual(countries.map(countryCodeOf), ["NL", "PL", "NL", "GB", "DE", "SE", null, null, null]);
});
