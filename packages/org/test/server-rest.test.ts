import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { OrgRecord } from "../src/org-core.ts";
import { RollingCounter } from "../src/rest/rolling-counter.ts";
import { toLongId } from "../src/soql/record-id.ts";
import { fakeCore, operatorId } from "./server-fake-core.ts";
import { fetchToken, serve } from "./server-harness.ts";

const orderId = "801000000000001AAA";
const baseRows = {
  User: [{ Id: operatorId, Username: "operator@sluice.test", IsActive: true }],
  Order: [
    {
      Id: orderId,
      OrderNumber: "1",
      Status: "Draft",
      TotalAmount: 5,
      Approved_At__c: "2026-03-01T10:00:00.000Z",
    },
  ],
};

type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<{
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}>;

async function connect(
  context: TestContext,
  rows: Readonly<Record<string, readonly OrgRecord[]>> = baseRows,
): Promise<Call> {
  const { url } = await serve(context, fakeCore(rows));
  const authorization = `Bearer ${await fetchToken(url)}`;
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}/services/data/v67.0${path}`, {
      method,
      headers: {
        authorization,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
  };
}

test("a record is read with attributes, nulls and the API's date-times, whole or by field", async (context) => {
  const call = await connect(context);
  const { body } = await call("GET", "/sobjects/Order/801000000000001?fields=Approved_At__c,AccountId");
  assert.deepEqual(body, {
    attributes: { type: "Order", url: `/services/data/v67.0/sobjects/Order/${orderId}` },
    Id: orderId,
    Approved_At__c: "2026-03-01T10:00:00.000+0000",
    AccountId: null,
  });
  const whole = (await call("GET", `/sobjects/order/${orderId}`)).body as Record<string, unknown>;
  assert.equal(whole["OrderNumber"], "1");
});

test("a record is created with 201 and changed with 204 and an empty body", async (context) => {
  const call = await connect(context);
  const created = await call("POST", "/sobjects/Order", {
    Status: "Draft",
    approved_at__c: "2026-03-01T11:00:00+0100",
  });
  assert.equal(created.status, 201);
  const { id, success, errors } = created.body as { id: string; success: boolean; errors: unknown[] };
  assert.deepEqual([success, errors], [true, []]);
  const changed = await call("PATCH", `/sobjects/Order/${id}`, { Status: "Approved" });
  assert.deepEqual([changed.status, changed.body], [204, null]);
  const read = (await call("GET", `/sobjects/Order/${id}`)).body as Record<string, unknown>;
  assert.equal(read["Status"], "Approved");
  assert.equal(read["Approved_At__c"], "2026-03-01T10:00:00.000+0000");
});

const refusals: readonly (readonly [
  method: string,
  path: string,
  body: unknown,
  status: number,
  code: string,
])[] = [
  ["GET", "/sobjects/Order/801000000000009AAA", undefined, 404, "NOT_FOUND"],
  ["GET", "/sobjects/Order/nonsense", undefined, 400, "MALFORMED_ID"],
  ["GET", "/sobjects/Nothing/801000000000001AAA", undefined, 404, "NOT_FOUND"],
  ["GET", "/nowhere", undefined, 404, "NOT_FOUND"],
  ["GET", "/query", undefined, 400, "MALFORMED_QUERY"],
  ["GET", "/query?q=SELECT+Foo+FROM+Order", undefined, 400, "INVALID_FIELD"],
  ["GET", "/query/01g000000000000000-2000", undefined, 400, "INVALID_QUERY_LOCATOR"],
  ["PATCH", `/sobjects/Order/${orderId}`, { Foo__c: 1 }, 400, "INVALID_FIELD"],
  ["PATCH", `/sobjects/Order/${orderId}`, { OrderNumber: "2" }, 400, "INVALID_FIELD_FOR_INSERT_UPDATE"],
  ["PATCH", `/sobjects/Order/${orderId}`, { Status: 1 }, 400, "JSON_PARSER_ERROR"],
  ["PATCH", `/sobjects/Order/${orderId}`, { TotalAmount: "1" }, 400, "JSON_PARSER_ERROR"],
  ["PATCH", `/sobjects/Order/${orderId}`, { EffectiveDate: "2026-02-30" }, 400, "JSON_PARSER_ERROR"],
  ["PATCH", `/sobjects/Order/${orderId}`, { Approved_At__c: "yesterday" }, 400, "JSON_PARSER_ERROR"],
  ["PATCH", `/sobjects/Order/${orderId}`, { AccountId: "12" }, 400, "MALFORMED_ID"],
  [
    "PATCH",
    `/sobjects/Order/${orderId}`,
    { Status: "Nonsense" },
    400,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
  ],
  ["PATCH", `/sobjects/Order/${orderId}`, "{ no json", 400, "JSON_PARSER_ERROR"],
  ["PATCH", `/sobjects/Order/${orderId}`, [1], 400, "JSON_PARSER_ERROR"],
  ["DELETE", "/sobjects/Order/801000000000009AAA", undefined, 404, "NOT_FOUND"],
  ["PATCH", "/sobjects/Order/OrderNumber/1", { Status: "Draft" }, 404, "NOT_FOUND"],
  ["PATCH", "/composite/sobjects", { records: [] }, 400, "JSON_PARSER_ERROR"],
];

test("refusals are arrays with message, errorCode and fields", async (context) => {
  const call = await connect(context);
  for (const [method, path, body, status, code] of refusals) {
    const answer = await call(method, path, body);
    const [error] = answer.body as readonly { message: string; errorCode: string; fields: unknown }[];
    assert.deepEqual(
      [answer.status, error?.errorCode],
      [status, code],
      `${method} ${path} ${JSON.stringify(body)}`,
    );
    assert.ok(Array.isArray(error?.fields));
    assert.notEqual(error?.message, "");
  }
});

test("a call without a session is refused with 401, also where nothing is found", async (context) => {
  const { url } = await serve(context, fakeCore(baseRows));
  for (const path of ["/sobjects", "/nowhere"]) {
    const answer = await fetch(`${url}/services/data/v67.0${path}`);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("www-authenticate"), "Token");
  }
});

test("versions 31.0 to 67.0 are answered and others are not found", async (context) => {
  const { url } = await serve(context, fakeCore(baseRows));
  const headers = { authorization: `Bearer ${await fetchToken(url)}` };
  const statuses: number[] = [];
  for (const version of ["v31.0", "v50.0", "v67.0", "v68.0", "v30.0", "67.0"]) {
    statuses.push((await fetch(`${url}/services/data/${version}/limits`, { headers })).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 404, 404, 404]);
});

test("a large result comes in pages whose links lead to the end", async (context) => {
  const orders = Array.from({ length: 4_100 }, (_unused, index) => ({
    Id: toLongId(`801${String(index).padStart(12, "0")}`) ?? "",
    OrderNumber: String(index),
  }));
  const call = await connect(context, { ...baseRows, Order: orders });
  type Page = {
    totalSize: number;
    done: boolean;
    nextRecordsUrl?: string;
    records: { OrderNumber: string }[];
  };
  const seen: string[] = [];
  const sizes: number[] = [];
  let path: string | undefined = `/query?q=${encodeURIComponent("SELECT OrderNumber FROM Order")}`;
  while (path !== undefined) {
    const page = (await call("GET", path)).body as Page;
    assert.equal(page.totalSize, 4_100);
    assert.equal(page.done, page.nextRecordsUrl === undefined);
    seen.push(...page.records.map((record) => record.OrderNumber));
    sizes.push(page.records.length);
    path = page.nextRecordsUrl?.replace("/services/data/v67.0", "");
  }
  assert.deepEqual(sizes, [2_000, 2_000, 100]);
  assert.deepEqual(
    seen,
    orders.map((order) => order.OrderNumber),
  );
});

test("a batch size in the header is obeyed within 200 and 2,000", async (context) => {
  const orders = Array.from({ length: 300 }, (_unused, index) => ({
    Id: toLongId(`801${String(index).padStart(12, "0")}`) ?? "",
  }));
  const call = await connect(context, { ...baseRows, Order: orders });
  const options = { "sforce-query-options": "batchSize=10" };
  const page = await call("GET", "/query?q=SELECT+Id+FROM+Order", undefined, options);
  assert.equal((page.body as { records: unknown[] }).records.length, 200);
});

test("a collection answers 200 with a result for each row, failed ones included", async (context) => {
  const call = await connect(context);
  const type = "Order";
  const { status, body } = await call("PATCH", "/composite/sobjects", {
    allOrNone: false,
    records: [
      { attributes: { type }, id: orderId, Status: "Approved" },
      { attributes: { type }, id: orderId, Status: "Nonsense" },
      { attributes: { type }, id: "801000000000009AAA", Status: "Approved" },
      { attributes: { type }, Status: "Approved" },
    ],
  });
  assert.equal(status, 200);
  const rows = body as readonly {
    id?: string;
    success: boolean;
    errors: readonly { statusCode: string }[];
  }[];
  assert.deepEqual(
    rows.map((row) => [row.id, row.success, row.errors[0]?.statusCode]),
    [
      [orderId, true, undefined],
      [orderId, false, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"],
      ["801000000000009AAA", false, "INVALID_CROSS_REFERENCE_KEY"],
      [undefined, false, "MISSING_ARGUMENT"],
    ],
  );
});

test("records are created and read in collections, a missing one being null", async (context) => {
  const call = await connect(context);
  const record = { attributes: { type: "Account" }, Name: "Acme" };
  const created = await call("POST", "/composite/sobjects", { records: [record] });
  const id = (created.body as { id: string }[])[0]?.id ?? "";
  const expected = [
    {
      attributes: { type: "Account", url: `/services/data/v67.0/sobjects/Account/${id}` },
      Id: id,
      Name: "Acme",
    },
    null,
  ];
  const ids = [id, "001000000000009AAA"];
  assert.deepEqual(
    (await call("POST", "/composite/sobjects/Account", { ids, fields: ["Name"] })).body,
    expected,
  );
  assert.deepEqual(
    (await call("GET", `/composite/sobjects/Account?ids=${ids.join(",")}&fields=Name`)).body,
    expected,
  );
});

test("a collection takes at most 200 records", async (context) => {
  const call = await connect(context);
  const record = { attributes: { type: "Account" }, Name: "Acme" };
  const many = await call("POST", "/composite/sobjects", {
    records: Array.from({ length: 201 }, () => record),
  });
  assert.equal((many.body as { errorCode: string }[])[0]?.errorCode, "EXCEEDED_ID_LIMIT");
  const one = await call("POST", "/composite/sobjects", { allOrNone: true, records: [record] });
  assert.equal((one.body as { success: boolean }[])[0]?.success, true);
});

test("every call counts once, refused ones too, in the header and in limits", async (context) => {
  const call = await connect(context);
  await call("GET", "/limits");
  await call("GET", "/nowhere");
  const { headers, body } = await call("GET", "/limits");
  assert.equal(headers.get("sforce-limit-info"), "api-usage=3/100000");
  assert.deepEqual((body as Record<string, unknown>)["DailyApiRequests"], {
    Max: 100_000,
    Remaining: 99_997,
  });
});

test("the counter forgets what left its window", () => {
  let nowMs = 0;
  const counter = new RollingCounter(24_000, () => nowMs);
  counter.add(5);
  nowMs = 12_000;
  counter.add();
  assert.equal(counter.total(), 6);
  nowMs = 24_000;
  assert.equal(counter.total(), 1);
});

test("describe tells fields, lookups and child relationships", async (context) => {
  const call = await connect(context);
  const { body } = await call("GET", "/sobjects/Order/describe");
  const { fields, childRelationships, keyPrefix } = body as {
    fields: { name: string; referenceTo: string[]; relationshipName: string | null }[];
    childRelationships: { childSObject: string; relationshipName: string | null }[];
    keyPrefix: string;
  };
  assert.equal(keyPrefix, "801");
  const account = fields.find((field) => field.name === "AccountId");
  assert.deepEqual([account?.referenceTo, account?.relationshipName], [["Account"], "Account"]);
  const [child] = childRelationships;
  assert.deepEqual([child?.childSObject, child?.relationshipName], ["OrderItem", "OrderItems"]);
});

test("a 15-character id gets the suffix that tells its upper-case letters", () => {
  assert.equal(toLongId("801000000000001"), "801000000000001AAA");
  assert.equal(toLongId("00D000000000001"), "00D000000000001EAA");
  assert.equal(toLongId("ABCDEabcdeABCDE"), "ABCDEabcdeABCDE5A5");
  assert.equal(toLongId("short"), undefined);
});
