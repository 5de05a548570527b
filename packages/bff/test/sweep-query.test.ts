import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { toRecordId } from "../src/orders/record-id.ts";
import { createConnection } from "../src/salesforce/connection.ts";
import { defaultMapping } from "../src/salesforce/mapping.ts";
import { approvalQuery, readApprovalPages, readApprovals } from "../src/salesforce/sweep-query.ts";
import { readOrderVisibility } from "../src/salesforce/view-all.ts";
import type { Reply, SeenRequest } from "./scripted-salesforce.ts";
import { countingSessions, startScripted } from "./scripted-salesforce.ts";

const never = new AbortController().signal;
const approvedFrom = "2026-11-01T00:00:00.000Z";
const approvedUntil = "2026-11-24T10:00:00.000Z";
const fields =
  "Id, OrderNumber, Status, AccountId, TotalAmount, Approval_Sequence__c, Approved_At__c, Provisioning_Status__c, CreatedDate, SystemModstamp";

async function connect(t: TestContext, answer: (soql: string, request: SeenRequest) => Reply) {
  const salesforce = await startScripted(t, (request) =>
    answer(new URL(request.url, "http://any").searchParams.get("q") ?? "", request),
  );
  return { salesforce, connection: createConnection({ sessions: countingSessions(salesforce.url) }) };
}

function records(...rows: readonly object[]): Reply {
  return { status: 200, json: { totalSize: rows.length, done: true, records: rows } };
}

function record(n: number, changes: object = {}) {
  return {
    Id: `801Hs${String(n).padStart(10, "0")}IAA`,
    OrderNumber: String(n),
    Status: "Approved",
    AccountId: "001Hs0000000001IAA",
    TotalAmount: 12,
    Approval_Sequence__c: 2,
    Approved_At__c: "2026-11-20T09:00:00.000+0000",
    CreatedDate: "2026-11-19T09:00:00.000+0000",
    SystemModstamp: "2026-11-20T09:00:00.000+0000",
    ...changes,
  };
}

test("asks for orders that stand approved or cancelled, for a window whatever they are now, and for orders by id", () => {
  const standing = { kind: "standing", approvedFrom, approvedUntil, modifiedSince: approvedFrom } as const;
  assert.equal(
    approvalQuery(standing, defaultMapping, null),
    `SELECT ${fields} FROM Order WHERE Status IN ('Approved', 'Cancelled') AND SystemModstamp >= ${approvedFrom}` +
      ` AND ((Approved_At__c >= ${approvedFrom} AND Approved_At__c <= ${approvedUntil})` +
      ` OR (Approved_At__c = null AND CreatedDate >= ${approvedFrom} AND CreatedDate <= ${approvedUntil}))` +
      " ORDER BY Id LIMIT 2000",
  );
  assert.equal(
    approvalQuery({ kind: "window", approvedFrom, approvedUntil }, defaultMapping, "801Hs0000000001IAA"),
    `SELECT ${fields} FROM Order WHERE SystemModstamp >= ${approvedFrom}` +
      ` AND ((Approved_At__c >= ${approvedFrom} AND Approved_At__c <= ${approvedUntil})` +
      ` OR (Approved_At__c = null AND CreatedDate >= ${approvedFrom} AND CreatedDate <= ${approvedUntil} AND Status = 'Approved'))` +
      " AND Id > '801Hs0000000001IAA' ORDER BY Id LIMIT 2000",
  );
  assert.match(
    approvalQuery({ kind: "orders", orderIds: ["801Hs0000000001IAA"] }, defaultMapping, null),
    /WHERE Id IN \('801Hs0000000001IAA'\) ORDER BY/,
  );
});

test("an org without a counter and a time of approval is asked by what every order has", () => {
  const { order } = defaultMapping;
  const plain = { ...order.fields, approvalSequence: null, approvedAt: null };
  const mapping = { ...defaultMapping, order: { ...order, fields: plain } };
  const query = approvalQuery(
    { kind: "standing", approvedFrom, approvedUntil, modifiedSince: null },
    mapping,
    null,
  );
  assert.equal(
    query,
    "SELECT Id, OrderNumber, Status, AccountId, TotalAmount, Provisioning_Status__c, CreatedDate, SystemModstamp FROM Order" +
      ` WHERE Status IN ('Approved', 'Cancelled') AND CreatedDate >= ${approvedFrom} AND CreatedDate <= ${approvedUntil}` +
      " ORDER BY Id LIMIT 2000",
  );
});

test("reads page by page after the last id, and an order that was never counted as number 0", async (t) => {
  const full = Array.from({ length: 2_000 }, (_, n) => record(n + 1));
  const uncounted = record(2_001, { Approval_Sequence__c: null, Approved_At__c: null });
  const { salesforce, connection } = await connect(t, (soql) =>
    soql.includes("Id > ") ? records(uncounted) : records(...full),
  );
  const scope = { kind: "window", approvedFrom, approvedUntil } as const;
  const sizes: number[] = [];
  let last;
  for await (const page of readApprovalPages(connection, defaultMapping, scope, never)) {
    sizes.push(page.orders.length);
    last = page.orders.at(-1);
  }
  assert.deepEqual(sizes, [2_000, 1]);
  assert.equal(salesforce.seen.length, 2);
  assert.deepEqual(last, {
    orderId: "801Hs0000002001IAA",
    orderNumber: "2001",
    accountId: "001Hs0000000001IAA",
    status: "Approved",
    approvalSequence: 0,
    approvedAt: "2026-11-19T09:00:00.000Z",
    approvedById: null,
    modifiedAt: "2026-11-20T09:00:00.000Z",
    totalAmount: 12,
    provisioningStatus: null,
  });
});

test("reads orders by id in portions that fit an address", async (t) => {
  const { salesforce, connection } = await connect(t, () => records(record(1)));
  const ids = Array.from({ length: 401 }, (_, n) => record(n).Id);
  assert.equal((await readApprovals(connection, defaultMapping, ids, never)).length, 2);
  assert.equal(salesforce.seen.length, 2);
  assert.ok(salesforce.seen.every(({ url }) => url.length < 16_000));
});

const user = { user_id: "005Hs0000000002", preferred_username: "integration@example.com" };
const granted = toRecordId("0PSHs0000000001") ?? "";

const sights: readonly {
  readonly name: string;
  readonly byObject: readonly object[];
  readonly byAllData: readonly object[];
  readonly kind: "all" | "limited";
  readonly grantedBy: string | null;
  readonly calls: number;
}[] = [
  {
    name: "View All on Order is enough",
    byObject: [{ ParentId: granted }],
    byAllData: [],
    kind: "all",
    grantedBy: `View All on Order, by the permission set ${granted}`,
    calls: 2,
  },
  {
    name: "View All Data is enough",
    byObject: [],
    byAllData: [{ Id: granted }],
    kind: "all",
    grantedBy: `View All Data, by the permission set ${granted}`,
    calls: 3,
  },
  { name: "neither is not", byObject: [], byAllData: [], kind: "limited", grantedBy: null, calls: 3 },
];

for (const sight of sights) {
  test(`verifies who sees all orders: ${sight.name}`, async (t) => {
    const { salesforce, connection } = await connect(t, (soql, request) => {
      if (request.url === "/services/oauth2/userinfo") return { status: 200, json: user };
      return records(...(soql.includes("ObjectPermissions") ? sight.byObject : sight.byAllData));
    });
    const { queries, ...found } = await readOrderVisibility(connection, defaultMapping, never);
    assert.deepEqual(found, { kind: sight.kind, user: user.preferred_username, grantedBy: sight.grantedBy });
    assert.equal(salesforce.seen.length, sight.calls);
    assert.equal(
      queries[0],
      "SELECT ParentId FROM ObjectPermissions WHERE SobjectType = 'Order'" +
        " AND (PermissionsViewAllRecords = true OR PermissionsModifyAllRecords = true) AND ParentId IN" +
        " (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '005Hs0000000002IAA') LIMIT 1",
    );
  });
}
