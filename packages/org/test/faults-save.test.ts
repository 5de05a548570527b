import assert from "node:assert/strict";
import { test } from "node:test";
import { copyMetadata, objects, orderId, publishedEvents } from "./core-harness.ts";
import { errorOf, eventName, eventsOn, openFaultyOrg, serveFaultyOrg, statusOf } from "./faults-harness.ts";
import type { Answer } from "./faults-harness.ts";
import { setStatus } from "./core-harness.ts";

const orderPath = `/sobjects/Order/${orderId}`;
const accountPath = "/sobjects/Account/001Hs0000000001IAA";
const event = { Order_Id__c: orderId, Request_Key__c: "k" };

function statusIn({ body }: Answer): unknown {
  return (body as { readonly Status?: unknown }).Status;
}

const locks = [
  [
    "row_locked",
    "UNABLE_TO_LOCK_ROW",
    `unable to obtain exclusive access to this record or 1 records: ${orderId}`,
  ],
  ["record_locked", "ENTITY_IS_LOCKED", "entity is locked for editing"],
] as const;

for (const [kind, errorCode, message] of locks) {
  test(`${kind}: the save is refused with ${errorCode} and nothing is saved; the next one goes through`, async (t) => {
    const { org, call, arm } = await serveFaultyOrg(t);
    arm(kind, { match: { object: "Order" } });
    assert.equal((await call("PATCH", accountPath, { Name: "Other" })).status, 204, "another object");
    const refused = await call("PATCH", orderPath, { Status: "Approved" });
    assert.equal(refused.status, 400);
    assert.deepEqual(errorOf(refused), { errorCode, message, fields: [] });
    assert.equal(statusOf(org.core), "Draft");
    assert.deepEqual(eventsOn(org.core), []);
    assert.equal((await call("PATCH", orderPath, { Status: "Approved" })).status, 204);
    assert.equal(eventsOn(org.core).length, 1);
    assert.deepEqual(
      org.log.read({ kinds: ["record:refused"] }).map(({ detail }) => detail),
      [{ object: "Order", id: orderId, code: errorCode }],
    );
  });
}

test("a locked row of a batch is refused alone", async (t) => {
  const { call, arm } = await serveFaultyOrg(t);
  arm("row_locked", { match: { object: "Order" } });
  const answer = await call("PATCH", "/composite/sobjects", {
    records: [
      { attributes: { type: "Order" }, id: orderId, PoNumber: "1" },
      { attributes: { type: "Account" }, id: "001Hs0000000001IAA", Name: "Other" },
      { attributes: { type: "Order" }, id: orderId, PoNumber: "2" },
    ],
  });
  assert.equal(answer.status, 200);
  const rows = answer.body as readonly {
    readonly success: boolean;
    readonly errors: readonly { readonly statusCode: string }[];
  }[];
  assert.deepEqual(
    rows.map(({ success, errors }) => [success, errors[0]?.statusCode]),
    [
      [false, "UNABLE_TO_LOCK_ROW"],
      [true, undefined],
      [true, undefined],
    ],
  );
});

test("a new record cannot be locked by an approval; a save of another user is not hit", async (t) => {
  const { call, arm } = await serveFaultyOrg(t);
  arm("record_locked", { times: 9 });
  arm("row_locked", { times: 9, match: { user: "005Hs0000000009IAA" } });
  assert.equal((await call("POST", "/sobjects/Account", { Name: "New" })).status, 201);
});

test("what a save leads to by itself is not asked again: a line is locked, its order's total is not", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("row_locked", { match: { object: "Order" } });
  const [line] = [...org.core.all("OrderItem")];
  assert.equal(
    (await call("PATCH", `/sobjects/OrderItem/${String(line?.["Id"])}`, { Quantity: 2 })).status,
    204,
  );
  assert.equal(org.core.get("Order", orderId)?.["TotalAmount"], 24);
});

test("publish_refused: the flow takes its fault path and the approval is refused; the next one goes through", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("publish_refused", { match: { topic: `/event/${eventName}` } });
  const refused = await call("PATCH", orderPath, { Status: "Approved" });
  assert.equal(refused.status, 400);
  assert.equal(errorOf(refused).errorCode, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
  assert.match(errorOf(refused).message, /^The order could not be handed to provisioning\. .*hourly limit/);
  assert.equal(statusOf(org.core), "Draft");
  assert.deepEqual(eventsOn(org.core), []);
  assert.equal((await call("PATCH", orderPath, { Status: "Approved" })).status, 204);
  assert.equal(eventsOn(org.core).length, 1);
});

for (const code of [
  "LIMIT_EXCEEDED",
  "PLATFORM_EVENT_PUBLISHING_UNAVAILABLE",
  "PLATFORM_EVENT_ENCRYPTION_ERROR",
]) {
  test(`publish_refused: a publish over REST is answered with ${code}, a row of a batch too`, async (t) => {
    const { org, call, arm } = await serveFaultyOrg(t);
    arm("publish_refused", { times: 2, options: { code } });
    const refused = await call("POST", `/sobjects/${eventName}`, event);
    assert.equal(refused.status, 400);
    assert.equal(errorOf(refused).errorCode, code);
    const records = [1, 2].map(() => ({ attributes: { type: eventName }, ...event }));
    const batch = await call("POST", "/composite/sobjects", { records });
    const rows = batch.body as readonly { readonly errors: readonly { readonly statusCode: string }[] }[];
    assert.deepEqual(
      rows.map(({ errors }) => errors[0]?.statusCode),
      [code, "OPERATION_ENQUEUED"],
    );
    assert.equal(eventsOn(org.core).length, 1);
    assert.deepEqual(
      org.log.read({ kinds: ["event:refused"] }).map(({ detail }) => detail["code"]),
      [code, code],
    );
  });
}

test("save_rolled_back: after the flows ran nothing is saved, and the event that waits for the commit never comes", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  const before = org.core.get("Order", orderId);
  arm("save_rolled_back", { match: { object: "Order" } });
  assert.equal((await call("PATCH", accountPath, { Name: "Other" })).status, 204, "another object");
  const refused = await call("PATCH", orderPath, { Status: "Approved" });
  assert.equal(refused.status, 400);
  assert.equal(errorOf(refused).errorCode, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
  assert.deepEqual(org.core.get("Order", orderId), before);
  assert.deepEqual(eventsOn(org.core), []);
  assert.equal((await call("PATCH", orderPath, { Status: "Approved" })).status, 204);
  assert.deepEqual(
    publishedEvents(org.core).map((published) => published["Request_Key__c"]),
    [`${orderId}-1-P`],
  );
});

test("save_rolled_back: an event that never waits for the commit is out all the same", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(
    `${objects}/${eventName}/${eventName}.object-meta.xml`,
    "PublishAfterCommit",
    "PublishImmediately",
  );
  const { core, arm } = openFaultyOrg(t, { metadataDirs: metadata.dirs });
  arm("save_rolled_back");
  assert.throws(
    () => {
      setStatus(core, "Approved");
    },
    { code: "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" },
  );
  assert.equal(statusOf(core), "Draft");
  assert.equal(eventsOn(core).length, 1);
});

test("record_late: readers see the old state until the org's clock has gone on, while the event is out", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("record_late", { match: { object: "Order" }, options: { delayMs: 2_000 } });
  assert.equal((await call("PATCH", orderPath, { Status: "Approved" })).status, 204);
  assert.equal(eventsOn(org.core).length, 1);
  assert.equal(statusOf(org.core), "Approved", "the org itself sees the truth");
  const soql = encodeURIComponent("SELECT Id FROM Order WHERE Status = 'Approved'");
  const byQuery = async (resource: string) =>
    ((await call("GET", `/${resource}?q=${soql}`)).body as { readonly totalSize: number }).totalSize;
  const read = async () => ({
    row: statusIn(await call("GET", orderPath)),
    query: await byQuery("query"),
    queryAll: await byQuery("queryAll"),
    collection: (
      (await call("GET", `/composite/sobjects/Order?ids=${orderId}&fields=Status`)).body as readonly {
        readonly Status: string;
      }[]
    )[0]?.Status,
    composite: (
      (
        await call("POST", "/composite", {
          compositeRequest: [
            { method: "GET", url: `/services/data/v67.0${orderPath}?fields=Status`, referenceId: "a" },
          ],
        })
      ).body as { readonly compositeResponse: readonly { readonly body: { readonly Status: string } }[] }
    ).compositeResponse[0]?.body.Status,
  });
  const old = { row: "Draft", query: 0, queryAll: 0, collection: "Draft", composite: "Draft" };
  assert.deepEqual(await read(), old);
  assert.equal((await call("PATCH", orderPath, { PoNumber: "4711" })).status, 204, "a save on the way");
  org.clock.advance(1_999);
  assert.deepEqual(await read(), old);
  org.clock.advance(1);
  const now = { row: "Approved", query: 1, queryAll: 1, collection: "Approved", composite: "Approved" };
  assert.deepEqual(await read(), now);
  assert.equal(eventsOn(org.core).length, 1, "the approval was counted once");
});

test("record_late: a new record is not there yet for readers, and can be changed already", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("record_late", { match: { object: "Account" } });
  const { id } = (await call("POST", "/sobjects/Account", { Name: "New" })).body as { readonly id: string };
  assert.equal((await call("GET", `/sobjects/Account/${id}`)).status, 404);
  assert.equal((await call("PATCH", `/sobjects/Account/${id}`, { Name: "Newer" })).status, 204);
  assert.equal((await call("GET", `/sobjects/Account/${id}`)).status, 404);
  org.clock.advance(2_000);
  assert.equal((await call("GET", `/sobjects/Account/${id}`)).status, 200);
});

test("record_late: a deleted record is still there for readers, and not in the recycle bin", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  const { id } = (await call("POST", "/sobjects/Account", { Name: "Gone" })).body as { readonly id: string };
  arm("record_late");
  assert.equal((await call("DELETE", `/sobjects/Account/${id}`)).status, 204);
  const soql = encodeURIComponent("SELECT Id FROM Account WHERE Name = 'Gone'");
  const count = async (resource: string) =>
    ((await call("GET", `/${resource}?q=${soql}`)).body as { readonly totalSize: number }).totalSize;
  assert.deepEqual([await count("query"), await count("queryAll")], [1, 1]);
  assert.equal((await call("GET", `/sobjects/Account/${id}`)).status, 200);
  org.clock.advance(2_000);
  assert.deepEqual([await count("query"), await count("queryAll")], [0, 1]);
});
