import assert from "node:assert/strict";
import { test } from "node:test";
import { rowToJson } from "../src/rest/record-json.ts";
import { runSoql } from "../src/soql/run-soql.ts";
import { SoqlError } from "../src/soql/soql-error.ts";
import { fakeCore } from "./server-fake-core.ts";

const acme = "001000000000001AAA";
const core = fakeCore({
  Account: [
    { Id: acme, Name: "Acme" },
    { Id: "001000000000002AAA", Name: "O'Hara \\ Sons" },
  ],
  Product2: [{ Id: "01t000000000001AAA", ProductCode: "FIBRE" }],
  PricebookEntry: [{ Id: "01u000000000001AAA", Product2Id: "01t000000000001AAA" }],
  Order: [
    order("801000000000001AAA", { OrderNumber: "1", AccountId: acme, Status: "Draft", TotalAmount: 30 }),
    order("801000000000002AAA", { OrderNumber: "2", AccountId: acme, Status: "Approved", TotalAmount: 10 }),
    order("801000000000003AAA", { OrderNumber: "3", Status: null, TotalAmount: null, Is_Urgent__c: true }),
    order("801000000000004AAA", {
      OrderNumber: "4",
      AccountId: "001000000000002AAA",
      Status: "In Review",
      TotalAmount: 20,
      EffectiveDate: "2026-03-01",
      Approved_At__c: "2026-03-01T10:00:00.000Z",
    }),
  ],
  OrderItem: [
    {
      Id: "802000000000001AAA",
      OrderId: "801000000000001AAA",
      PricebookEntryId: "01u000000000001AAA",
      Quantity: 2,
    },
    { Id: "802000000000002AAA", OrderId: "801000000000001AAA", PricebookEntryId: null, Quantity: 5 },
  ],
});

function order(id: string, values: Readonly<Record<string, string | number | boolean | null>>) {
  return {
    AccountId: null,
    EffectiveDate: null,
    Approved_At__c: null,
    Is_Urgent__c: false,
    ...values,
    Id: id,
  };
}

function query(text: string): readonly Readonly<Record<string, unknown>>[] {
  const result = runSoql(core, text);
  assert.equal(result.kind, "rows");
  return result.rows.map((row) => rowToJson(row, "67.0"));
}

const conditions: readonly (readonly [where: string, orderNumbers: string])[] = [
  ["Status = 'Approved'", "2"],
  ["status = 'APPROVED'", "2"],
  ["Status != 'Draft'", "234"],
  ["Status <> 'Draft'", "234"],
  ["Status = null", "3"],
  ["Status != null", "124"],
  ["Status IN ('Draft', 'Approved')", "12"],
  ["Status NOT IN ('Draft', 'Approved')", "34"],
  ["NOT Status = 'Draft'", "234"],
  ["NOT (Status = 'Draft' OR Status = null)", "24"],
  ["Status LIKE 'in%'", "4"],
  ["Status LIKE '_raft'", "1"],
  ["Status LIKE 'dra'", ""],
  ["TotalAmount > 10", "14"],
  ["TotalAmount >= 10 AND TotalAmount < 30", "24"],
  ["TotalAmount <= -1.5", ""],
  ["Is_Urgent__c = true", "3"],
  ["EffectiveDate = 2026-03-01", "4"],
  ["Approved_At__c = 2026-03-01T10:00:00Z", "4"],
  ["Approved_At__c >= 2026-03-01T11:00:00.000+01:00", "4"],
  ["Approved_At__c > 2026-03-01T10:00:00.000Z", ""],
  ["Id = '801000000000002AAA'", "2"],
  ["Id = '801000000000002'", "2"],
  ["Id IN ('801000000000002AAA', '801000000000004AAA') AND TotalAmount > 15", "4"],
  ["Id = '801000000000002AAA' OR Status = 'Draft'", "12"],
  ["AccountId = '001000000000001'", "12"],
  ["Account.Name = 'acme'", "12"],
  ["Account.Name = 'O\\'Hara \\\\ Sons'", "4"],
  ["Account.Name = null", "3"],
  ["Id IN (SELECT OrderId FROM OrderItem)", "1"],
  ["Id NOT IN (SELECT OrderId FROM OrderItem WHERE Quantity > 2)", "234"],
  ["AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'acme' OR Name = null)", "12"],
  ["Id IN (SELECT OrderId FROM OrderItem WHERE PricebookEntry.Product2.ProductCode = 'NONE')", ""],
  ["(Status = 'Draft' AND TotalAmount > 5) OR (Is_Urgent__c = true)", "13"],
];

for (const [where, expected] of conditions) {
  test(`WHERE ${where} finds the orders "${expected}"`, () => {
    const rows = query(`SELECT OrderNumber FROM Order WHERE ${where} ORDER BY OrderNumber`);
    assert.equal(rows.map((row) => row["OrderNumber"]).join(""), expected);
  });
}

const orders: readonly (readonly [clauses: string, orderNumbers: string])[] = [
  ["ORDER BY TotalAmount", "3241"],
  ["ORDER BY TotalAmount DESC", "3142"],
  ["ORDER BY TotalAmount DESC NULLS LAST", "1423"],
  ["ORDER BY Account.Name DESC NULLS LAST, OrderNumber DESC", "4213"],
  ["ORDER BY OrderNumber LIMIT 2", "12"],
  ["ORDER BY OrderNumber LIMIT 2 OFFSET 3", "4"],
  ["ORDER BY OrderNumber LIMIT 0", ""],
];

for (const [clauses, expected] of orders) {
  test(`${clauses} gives the orders "${expected}"`, () => {
    const rows = query(`SELECT OrderNumber FROM Order ${clauses}`);
    assert.equal(rows.map((row) => row["OrderNumber"]).join(""), expected);
  });
}

test("fields of parents come nested, three levels up, and a missing parent is null", () => {
  const rows = query(
    "SELECT Quantity, Order.Account.Name, Order.OrderNumber, PricebookEntry.Product2.ProductCode FROM OrderItem",
  );
  const [first, second] = rows;
  assert.deepEqual(first?.["PricebookEntry"], {
    attributes: {
      type: "PricebookEntry",
      url: "/services/data/v67.0/sobjects/PricebookEntry/01u000000000001AAA",
    },
    Product2: {
      attributes: { type: "Product2", url: "/services/data/v67.0/sobjects/Product2/01t000000000001AAA" },
      ProductCode: "FIBRE",
    },
  });
  assert.deepEqual(Object.keys(first?.["Order"] as object), ["attributes", "Account", "OrderNumber"]);
  assert.equal(second?.["PricebookEntry"], null);
});

test("a child query gives a result of its own, cut and sorted per parent, and null without children", () => {
  const text =
    "SELECT OrderNumber, (SELECT Quantity FROM OrderItems ORDER BY Quantity DESC LIMIT 1) FROM Order";
  const rows = query(`${text} WHERE Id IN ('801000000000001AAA', '801000000000002AAA')`);
  assert.deepEqual(rows[0]?.["OrderItems"], {
    totalSize: 1,
    done: true,
    records: [
      {
        attributes: { type: "OrderItem", url: "/services/data/v67.0/sobjects/OrderItem/802000000000002AAA" },
        Quantity: 5,
      },
    ],
  });
  assert.equal(rows[1]?.["OrderItems"], null);
});

test("COUNT() counts and gives no rows", () => {
  assert.deepEqual(runSoql(core, "select count() from Order where Status = 'Draft'"), {
    kind: "count",
    size: 1,
  });
});

test("date-times are written the way the API writes them", () => {
  const [row] = query("SELECT Approved_At__c FROM Order WHERE OrderNumber = '4'");
  assert.equal(row?.["Approved_At__c"], "2026-03-01T10:00:00.000+0000");
});

const refusals: readonly (readonly [text: string, code: string, message: RegExp])[] = [
  ["", "MALFORMED_QUERY", /SELECT was expected/],
  ["SELECT FROM Order", "MALFORMED_QUERY", /FROM was expected, at column 13/],
  ["SELECT Id FROM Order WHERE", "MALFORMED_QUERY", /name of a field was expected, at the end/],
  ["SELECT Id FROM Order WHERE Status = 'open", "MALFORMED_QUERY", /a string is not closed, at column 37/],
  ["SELECT Id FROM Order WHERE Status = Draft", "MALFORMED_QUERY", /Draft is no value; text needs quotes/],
  ["SELECT Id FROM Order WHERE Id = null AND Id = null OR Id = null", "MALFORMED_QUERY", /need parentheses/],
  ["SELECT Id FROM Order LIMIT x", "MALFORMED_QUERY", /LIMIT needs a whole number/],
  ["SELECT Id FROM Order; DROP", "MALFORMED_QUERY", /unexpected character ";"/],
  ["SELECT Id FROM Order GROUP BY Id", "MALFORMED_QUERY", /"GROUP" was not expected here/],
  ["SELECT MAX(TotalAmount) FROM Order", "MALFORMED_QUERY", /the function MAX is not supported/],
  ["SELECT Id, Id FROM Order", "MALFORMED_QUERY", /field 'Id' is selected twice/],
  [
    "SELECT Id FROM Order WHERE Id IN (SELECT OrderId FROM OrderItem WHERE Id IN (SELECT Id FROM OrderItem))",
    "MALFORMED_QUERY",
    /inside IN cannot hold another/,
  ],
  [
    "SELECT Id FROM Order WHERE Id IN (SELECT OrderId FROM OrderItem LIMIT 1)",
    "MALFORMED_QUERY",
    /"\)" was expected/,
  ],
  ["SELECT Id FROM Order WHERE Id IN (SELECT Foo FROM OrderItem)", "INVALID_FIELD", /No such column 'Foo'/],
  ["SELECT Id FROM Order WHERE Id IN (SELECT Quantity FROM OrderItem)", "INVALID_FIELD", /ids and lookups/],
  ["SELECT Id FROM Order WHERE Status IN (SELECT Id FROM OrderItem)", "INVALID_FIELD", /ids and lookups/],
  [`SELECT Id FROM Order WHERE ${"(".repeat(5_000)}`, "MALFORMED_QUERY", /nested more than 200/],
  ["SELECT Foo__c FROM Order", "INVALID_FIELD", /No such column 'Foo__c' on entity 'Order'/],
  ["SELECT Id FROM Order WHERE Foo__c = 1", "INVALID_FIELD", /No such column 'Foo__c'/],
  ["SELECT Owner.Name FROM Order", "INVALID_FIELD", /Didn't understand relationship 'Owner'/],
  [
    "SELECT Id FROM Order WHERE TotalAmount = '1'",
    "INVALID_FIELD",
    /'TotalAmount'.*must be a number.*string/,
  ],
  [
    "SELECT Id FROM Order WHERE Approved_At__c > 2026-01-01",
    "INVALID_FIELD",
    /must be a datetime.*is a date/,
  ],
  ["SELECT Id FROM Order WHERE AccountId = 'x'", "INVALID_FIELD", /'x' is no record id/],
  ["SELECT Id FROM Order WHERE TotalAmount LIKE '1%'", "INVALID_FIELD", /LIKE works on text only/],
  ["SELECT Id FROM Orders", "INVALID_TYPE", /sObject type 'Orders' is not supported/],
  [
    "SELECT Id, (SELECT Id FROM OrderItem) FROM Order",
    "INVALID_TYPE",
    /relationship 'OrderItem' in a child query/,
  ],
  ["SELECT Id, (SELECT Foo FROM OrderItems) FROM Order", "INVALID_FIELD", /No such column 'Foo'/],
];

for (const [text, code, message] of refusals) {
  test(`refuses ${text.slice(0, 60) || "an empty query"} with ${code}`, () => {
    assert.throws(
      () => runSoql(core, text),
      (reason) => reason instanceof SoqlError && reason.code === code && message.test(reason.message),
    );
  });
}
