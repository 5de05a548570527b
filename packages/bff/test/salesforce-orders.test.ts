import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createConnection } from "../src/salesforce/connection.ts";
import { defaultMapping } from "../src/salesforce/mapping.ts";
import { readOrder } from "../src/salesforce/order-reader.ts";
import { activateOrders, writeStatuses } from "../src/salesforce/status-writer.ts";
import type { StatusRow } from "../src/salesforce/status-writer.ts";
import type { Reply, SeenRequest } from "./scripted-salesforce.ts";
import { countingSessions, startScripted } from "./scripted-salesforce.ts";

const never = new AbortController().signal;
const orderId = "801Hs0000000001IAA";

async function connect(t: TestContext, answer: (request: SeenRequest, position: number) => Reply) {
  const salesforce = await startScripted(t, answer);
  return { salesforce, connection: createConnection({ sessions: countingSessions(salesforce.url) }) };
}

function line(position: number): Record<string, unknown> {
  return {
    attributes: { type: "OrderItem" },
    Id: `802Hs00000001${String(position).padStart(2, "0")}IAA`,
    Quantity: 1,
    UnitPrice: 12,
    Depends_On__c: position === 1 ? null : "802Hs0000000101",
    Bundle_Parent__c: null,
    Product2: { attributes: { type: "Product2" }, ProductCode: "MOB-ESIM-10G", Name: "Mobile 10 GB eSIM" },
  };
}

const record = {
  attributes: { type: "Order" },
  Id: orderId,
  OrderNumber: "00000101",
  Status: "Approved",
  StatusCode: "Draft",
  AccountId: "001Hs0000000001IAA",
  TotalAmount: 24,
  Approval_Sequence__c: 2,
  Approved_At__c: "2026-11-23T09:00:00.000+0000",
  BillingStreet: null,
  Account: {
    Name: "Marta Jansen",
    BillingStreet: null,
    BillingCity: "Utrecht",
    BillingCountry: "Netherlands",
  },
  BillToContact: null,
  ShipToContact: { FirstName: null, LastName: "Jansen", Email: "marta@example.com", Phone: null },
  OrderItems: { totalSize: 1, done: true, records: [line(1)] },
};

function found(order: Record<string, unknown>): Reply {
  return { status: 200, json: { totalSize: 1, done: true, records: [order] } };
}

test("an order is read with one query: lines, the contact that is set, the account's address in default of its own", async (t) => {
  const { salesforce, connection } = await connect(t, () => found(record));
  assert.deepEqual(await readOrder(connection, defaultMapping, orderId, never), {
    kind: "found",
    order: {
      orderId,
      orderNumber: "00000101",
      status: "Approved",
      statusCode: "Draft",
      accountId: "001Hs0000000001IAA",
      accountName: "Marta Jansen",
      totalAmount: 24,
      approvalSequence: 2,
      approvedAt: "2026-11-23T09:00:00.000Z",
      contact: { firstName: null, lastName: "Jansen", email: "marta@example.com", phone: null },
      billingAddress: { street: null, city: "Utrecht", state: null, postalCode: null, countryCode: "NL" },
      lines: [
        {
          lineId: "802Hs0000000101IAA",
          productCode: "MOB-ESIM-10G",
          productName: "Mobile 10 GB eSIM",
          quantity: 1,
          unitPrice: 12,
          dependsOn: null,
          bundleParent: null,
        },
      ],
    },
  });
  assert.equal(salesforce.seen.length, 1);
});

test("an order that the query does not show is gone", async (t) => {
  const { connection } = await connect(t, () => ({
    status: 200,
    json: { totalSize: 0, done: true, records: [] },
  }));
  assert.deepEqual(await readOrder(connection, defaultMapping, orderId, never), { kind: "gone" });
});

test("an order without lines is read as such", async (t) => {
  const { connection } = await connect(t, () => found({ ...record, OrderItems: null }));
  const reading = await readOrder(connection, defaultMapping, orderId, never);
  assert.deepEqual(reading.kind === "found" && reading.order.lines, []);
});

test("the lines of a very long order are read to the last page", async (t) => {
  const next = "/services/data/v67.0/query/01gxx-200";
  const { salesforce, connection } = await connect(t, ({ url }) =>
    url === next
      ? { status: 200, json: { totalSize: 2, done: true, records: [line(2)] } }
      : found({
          ...record,
          OrderItems: { totalSize: 2, done: false, nextRecordsUrl: next, records: [line(1)] },
        }),
  );
  const reading = await readOrder(connection, defaultMapping, orderId, never);
  assert.deepEqual(
    reading.kind === "found" && reading.order.lines.map((item) => [item.lineId, item.dependsOn]),
    [
      ["802Hs0000000101IAA", null],
      ["802Hs0000000102IAA", "802Hs0000000101IAA"],
    ],
  );
  assert.equal(salesforce.seen.length, 2);
});

test("an org without our fields is read with a mapping that leaves them out", async (t) => {
  const { order, lines } = defaultMapping;
  const mapping = {
    ...defaultMapping,
    order: { ...order, fields: { ...order.fields, approvalSequence: null, approvedAt: null } },
    lines: { ...lines, dependsOn: null, bundleParent: null },
  };
  const { salesforce, connection } = await connect(t, () => found(record));
  const reading = await readOrder(connection, mapping, orderId, never);
  assert.equal(reading.kind === "found" && reading.order.approvalSequence, null);
  assert.doesNotMatch(salesforce.seen[0]?.url ?? "", /__c/);
});

test("a query that the org refuses stops every order, with the org's own words", async (t) => {
  const message = "No such column 'Approval_Sequence__c' on entity 'Order'";
  const { connection } = await connect(t, () => ({
    status: 400,
    json: [{ errorCode: "INVALID_FIELD", message }],
  }));
  const reading = await readOrder(connection, defaultMapping, orderId, never);
  assert.equal(reading.kind, "failed");
  if (reading.kind !== "failed") return;
  assert.deepEqual([reading.failure.code, reading.failure.moduleWide], ["SF_REQUEST_REFUSED", true]);
  assert.match(reading.failure.summary, /Approval_Sequence__c/);
});

const row: StatusRow = {
  orderId,
  status: "In Progress",
  version: 7,
  step: "Activate eSIM",
  errorCode: null,
  errorMessage: null,
  startedAt: "2026-11-23T09:00:00.000Z",
  updatedAt: "2026-11-23T09:00:01.000Z",
  completedAt: null,
};

function failed(
  statusCode: string,
  fields: readonly string[] = [],
  message = "words",
): Record<string, unknown> {
  return { success: false, errors: [{ statusCode, message, fields }] };
}

test("each order of a write has its own outcome", async (t) => {
  const results = [
    { id: orderId, success: true, errors: [] },
    failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Provisioning_Version__c"]),
    failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Status"], "Only sales may do that"),
    failed("UNABLE_TO_LOCK_ROW"),
    failed("ENTITY_IS_LOCKED"),
    failed("ENTITY_IS_DELETED"),
    failed("FAILED_ACTIVATION"),
  ];
  const { connection } = await connect(t, () => ({ status: 200, json: results }));
  const outcomes = await writeStatuses(
    connection,
    defaultMapping,
    results.map(() => row),
    never,
  );
  assert.deepEqual(outcomes, [
    { kind: "written" },
    { kind: "stale" },
    { kind: "refused", code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: "Only sales may do that" },
    { kind: "retry", reason: "UNABLE_TO_LOCK_ROW: words" },
    { kind: "retry", reason: "ENTITY_IS_LOCKED: words" },
    { kind: "gone" },
    { kind: "refused", code: "FAILED_ACTIVATION", message: "words" },
  ]);
});

test("a status write names our fields only, in one call, none depending on another", async (t) => {
  const { salesforce, connection } = await connect(t, () => ({
    status: 200,
    json: [{ success: true, errors: [] }],
  }));
  await writeStatuses(connection, defaultMapping, [row], never);
  const [seen] = salesforce.seen;
  assert.deepEqual([seen?.method, seen?.url], ["PATCH", "/services/data/v67.0/composite/sobjects"]);
  assert.deepEqual(seen?.body, {
    allOrNone: false,
    records: [
      {
        attributes: { type: "Order" },
        id: orderId,
        Provisioning_Status__c: "In Progress",
        Provisioning_Version__c: 7,
        Provisioning_Step__c: "Activate eSIM",
        Provisioning_Error_Code__c: null,
        Provisioning_Error_Message__c: null,
        Provisioning_Started_At__c: "2026-11-23T09:00:00.000Z",
        Provisioning_Updated_At__c: "2026-11-23T09:00:01.000Z",
        Provisioning_Completed_At__c: null,
      },
    ],
  });
});

test("texts are cut to their fields without halving a character", async (t) => {
  const { salesforce, connection } = await connect(t, () => ({
    status: 200,
    json: [{ success: true, errors: [] }],
  }));
  const long = { ...row, step: "🚀".repeat(60), errorMessage: "x".repeat(3_000) };
  await writeStatuses(connection, defaultMapping, [long], never);
  const body = salesforce.seen[0]?.body as { records: Record<string, string>[] } | undefined;
  assert.equal(body?.records[0]?.["Provisioning_Step__c"], `${"🚀".repeat(39)}…`);
  assert.equal(body?.records[0]?.["Provisioning_Error_Message__c"]?.length, 2_000);
});

test("an activation carries the status and nothing else", async (t) => {
  const { salesforce, connection } = await connect(t, () => ({
    status: 200,
    json: [{ success: true, errors: [] }],
  }));
  assert.deepEqual(await activateOrders(connection, defaultMapping, [orderId], never), [{ kind: "written" }]);
  assert.deepEqual(salesforce.seen[0]?.body, {
    allOrNone: false,
    records: [{ attributes: { type: "Order" }, id: orderId, Status: "Activated" }],
  });
});

test("nothing to write is no call; too much is a mistake of the caller", async (t) => {
  const { salesforce, connection } = await connect(t, () => ({ status: 200, json: [] }));
  assert.deepEqual(await writeStatuses(connection, defaultMapping, [], never), []);
  const rows = Array.from({ length: 201 }, () => row);
  await assert.rejects(writeStatuses(connection, defaultMapping, rows, never), RangeError);
  assert.equal(salesforce.seen.length, 0);
});

test("an answer with too few results leaves every row to be written again", async (t) => {
  const { connection } = await connect(t, () => ({ status: 200, json: [{ success: true, errors: [] }] }));
  await assert.rejects(writeStatuses(connection, defaultMapping, [row, row], never), { code: "answer_lost" });
});
