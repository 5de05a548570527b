import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { CommittedChanges, OrgCore, OrgRecord, SaveRow, SaveRowResult } from "../src/org-core.ts";
import { StagedEvents } from "../src/records/staged-events.ts";
import {
  copyMetadata,
  getOrder,
  objects,
  openTestOrg,
  operator,
  orderId,
  publishedEvents,
  setStatus,
  tempDir,
  topic,
} from "./core-harness.ts";

const lineId = "802Hs0000000101IAA";
const orderObject = "Order";
const newOrder: OrgRecord = {
  AccountId: "001Hs0000000001IAA",
  Pricebook2Id: "01sHs0000000001IAA",
  EffectiveDate: "2026-12-01",
};

function createOrders(core: OrgCore, count: number): readonly string[] {
  const row: SaveRow = { kind: "create", objectName: orderObject, values: newOrder };
  const rows = Array.from({ length: count }, () => row);
  return core.saveAll(operator, rows, { allOrNone: true }).map(savedId);
}

function savedId(result: SaveRowResult): string {
  assert.equal(result.kind, "saved");
  return result.kind === "saved" ? result.id : "";
}

function codesOf(results: readonly SaveRowResult[]): readonly (string | null)[] {
  return results.map((result) => (result.kind === "refused" ? result.error.code : null));
}

function approve(id: string, values: OrgRecord = {}): SaveRow {
  return { kind: "update", objectName: orderObject, id, values: { Status: "Approved", ...values } };
}

/** Every fourth row is refused: too long a text, after the flows have run. */
function approveWithBadRows(ids: readonly string[]): readonly SaveRow[] {
  return ids.map((id, index) => approve(id, index % 4 === 3 ? { PoNumber: "x".repeat(81) } : {}));
}

/** An org in which a validation rule refuses orders after their flows published. */
function openOrgWithLateRefusal(t: TestContext, databaseFile: string, behavior?: string) {
  const metadata = copyMetadata(t);
  metadata.add(
    "core/main/default/flows/Refuse_Late.flow-meta.xml",
    `<?xml version="1.0" encoding="UTF-8"?>
<Flow xmlns="http://soap.sforce.com/2006/04/metadata">
  <apiVersion>67.0</apiVersion>
  <customErrors>
    <name>Refuse</name><label>Refuse</label><locationX>0</locationX><locationY>0</locationY>
    <customErrorMessages><errorMessage>Refused late</errorMessage><isFieldError>false</isFieldError></customErrorMessages>
  </customErrors>
  <label>Refuse Late</label><processType>AutoLaunchedFlow</processType>
  <start>
    <locationX>0</locationX><locationY>0</locationY>
    <connector><targetReference>Refuse</targetReference></connector>
    <filterLogic>and</filterLogic>
    <filters><field>PoNumber</field><operator>EqualTo</operator><value><stringValue>bad</stringValue></value></filters>
    <object>Order</object><recordTriggerType>Update</recordTriggerType><triggerType>RecordAfterSave</triggerType>
  </start>
  <status>Active</status><triggerOrder>2000</triggerOrder>
</Flow>`,
  );
  if (behavior !== undefined) {
    metadata.edit(
      `${objects}/OrderProvisionRequested__e/OrderProvisionRequested__e.object-meta.xml`,
      "PublishAfterCommit",
      behavior,
    );
  }
  return { metadata, ...openTestOrg(t, { databaseFile, metadataDirs: metadata.dirs }) };
}

test("of 200 approvals with 50 bad ones, 150 are saved once, with one event each, in their order", (t) => {
  const { core } = openTestOrg(t);
  const ids = createOrders(core, 200);
  const results = core.saveAll(operator, approveWithBadRows(ids), { allOrNone: false });
  assert.equal(results.length, 200);
  const approved: string[] = [];
  for (const [index, id] of ids.entries()) {
    const order = getOrder(core, id);
    const isBad = index % 4 === 3;
    assert.deepEqual(codesOf(results)[index], isBad ? "STRING_TOO_LONG" : null);
    assert.equal(order["Status"], isBad ? "Draft" : "Approved");
    assert.equal(order["Approval_Sequence__c"], isBad ? null : 1);
    if (!isBad) approved.push(id);
  }
  const events = core.bus.read(topic, -1, 1_000);
  assert.equal(events.length, 150);
  assert.equal(new Set(events.map((event) => event.eventId)).size, 150);
  assert.deepEqual(
    publishedEvents(core, 1_000).map((event) => event["Order_Id__c"]),
    approved,
  );
});

test("with all-or-none one bad row saves and publishes nothing, and the others tell why", (t) => {
  const { core } = openTestOrg(t);
  const ids = createOrders(core, 8);
  const before = ids.map((id) => getOrder(core, id));
  const results = core.saveAll(operator, approveWithBadRows(ids), { allOrNone: true });
  const undone = "ALL_OR_NONE_OPERATION_ROLLED_BACK";
  assert.deepEqual(codesOf(results), [
    undone,
    undone,
    undone,
    "STRING_TOO_LONG",
    undone,
    undone,
    undone,
    "STRING_TOO_LONG",
  ]);
  assert.deepEqual(
    ids.map((id) => getOrder(core, id)),
    before,
  );
  assert.deepEqual(publishedEvents(core), []);
  assert.equal(
    core.saveAll(
      operator,
      ids.map((id) => approve(id)),
      { allOrNone: true },
    ).length,
    8,
  );
  assert.equal(publishedEvents(core).length, 8);
});

test("a row refused after it published leaves no trace, in memory or in the file", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const { core, metadata } = openOrgWithLateRefusal(t, databaseFile);
  const ids = createOrders(core, 3);
  const before = ids.map((id) => getOrder(core, id));
  const line: OrgRecord = { PricebookEntryId: "01uHs0000000002IAA", Quantity: 2 };
  const [first = "", second = "", third = ""] = ids;
  const results = core.saveAll(
    operator,
    [
      approve(first),
      approve(second, { PoNumber: "bad" }),
      { kind: "create", objectName: "OrderItem", values: { ...line, OrderId: third } },
      { kind: "create", objectName: "OrderItem", values: { ...line, OrderId: third, Quantity: 0 } },
    ],
    { allOrNone: false },
  );
  assert.deepEqual(codesOf(results), [
    null,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    null,
    "FIELD_INTEGRITY_EXCEPTION",
  ]);
  const check = (org: OrgCore): void => {
    assert.equal(getOrder(org, first)["Status"], "Approved");
    assert.deepEqual(getOrder(org, second), before[1]);
    assert.equal(getOrder(org, third)["TotalAmount"], 24);
    assert.equal([...org.all("OrderItem")].length, 2);
    assert.deepEqual(
      publishedEvents(org).map((event) => event["Order_Id__c"]),
      [first],
    );
  };
  check(core);
  const inMemory = [...core.all("Order"), ...core.all("OrderItem")];
  core.close();
  const reopened = openTestOrg(t, { databaseFile, metadataDirs: metadata.dirs }).core;
  check(reopened);
  assert.deepEqual([...reopened.all("Order"), ...reopened.all("OrderItem")], inMemory);
});

test("an immediate event of a row that was rolled back is on the bus", (t) => {
  for (const allOrNone of [false, true]) {
    const { core } = openOrgWithLateRefusal(t, ":memory:", "PublishImmediately");
    const [good = "", bad = ""] = createOrders(core, 2);
    core.saveAll(operator, [approve(good), approve(bad, { PoNumber: "bad" })], { allOrNone });
    assert.equal(getOrder(core, bad)["Status"], "Draft");
    assert.deepEqual(
      publishedEvents(core).map((event) => event["Order_Id__c"]),
      [good, bad],
    );
  }
});

test("events come element by element, each in the order of the rows, those that do not wait at the end", () => {
  const topics: string[] = [];
  const bus = {
    append(topic: string) {
      topics.push(topic);
      return [];
    },
  };
  const staged = new StagedEvents(bus, new Map([["Now__e", "PublishImmediately"]]));
  const event = (topic: string) => ({ topic, schemaId: "s", payload: new Uint8Array() });
  const byFirst = { flow: "A", element: "Publish" };
  const bySecond = { flow: "A", element: "Publish_Too" };
  staged.add("Later__e", event("first 1"), byFirst);
  staged.add("Later__e", event("second 1"), bySecond);
  staged.add("Now__e", event("now 1"), byFirst);
  staged.add("Later__e", event("by hand 1"));
  staged.add("Later__e", event("first 2"), byFirst);
  const mark = staged.mark();
  staged.add("Later__e", event("undone"), bySecond);
  staged.add("Now__e", event("now 2"), byFirst);
  staged.dropAfter(mark);
  staged.add("Later__e", event("second 2"), bySecond);
  assert.equal(staged.appendAfterCommitEvents(), 5);
  assert.equal(staged.finish(), 2);
  assert.equal(staged.finish(), 0);
  assert.deepEqual(topics, ["first 1", "first 2", "second 1", "second 2", "by hand 1", "now 1", "now 2"]);
});

test("a batch may publish events itself, and tells their ids", (t) => {
  const { core } = openTestOrg(t);
  const values = { Order_Id__c: orderId, Request_Key__c: "by-hand", Request_Type__c: "Provision" };
  const event: SaveRow = { kind: "create", objectName: "OrderProvisionRequested__e", values };
  const results = core.saveAll(operator, [approve(orderId), event], { allOrNone: true });
  const published = core.bus.read(topic, -1, 10);
  assert.equal(savedId(results[1] ?? assert.fail()), published[1]?.eventId);
  assert.deepEqual(
    publishedEvents(core).map((found) => found["Request_Key__c"]),
    [`${orderId}-1-P`, "by-hand"],
  );
});

test("a batch takes at most 200 rows", (t) => {
  const { core } = openTestOrg(t);
  const rows = Array.from({ length: 201 }, () => approve(orderId));
  assert.throws(() => core.saveAll(operator, rows, { allOrNone: false }), { code: "EXCEEDED_ID_LIMIT" });
});

test("listeners hear of each record once, after the commit, and of nothing that was rolled back", (t) => {
  const { core } = openOrgWithLateRefusal(t, ":memory:");
  const [other = ""] = createOrders(core, 1);
  const heard: CommittedChanges[] = [];
  const stop = core.onChange((changes) => heard.push(changes));
  const line = { OrderId: orderId, PricebookEntryId: "01uHs0000000002IAA", Quantity: 1 };
  core.saveAll(
    operator,
    [
      { kind: "create", objectName: "OrderItem", values: line },
      approve(other, { PoNumber: "bad" }),
      { kind: "create", objectName: "OrderItem", values: line },
      approve(orderId),
    ],
    { allOrNone: false },
  );
  assert.equal(heard.length, 1);
  assert.equal(heard[0]?.eventCount, 1);
  assert.deepEqual(
    heard[0]?.records.map(({ objectName, before, after }) => [
      objectName,
      before?.["Status"],
      after?.["Status"],
    ]),
    [
      ["OrderItem", undefined, undefined],
      ["Order", "Draft", "Approved"],
      ["OrderItem", undefined, undefined],
    ],
  );
  core.saveAll(operator, [approve(orderId), approve(other, { PoNumber: "bad" })], { allOrNone: true });
  assert.throws(() => {
    setStatus(core, "Nonsense");
  });
  assert.equal(heard.length, 1);
  stop();
  setStatus(core, "Draft");
  assert.equal(heard.length, 1);
});

test("saves that start one another end after 16, and then nothing of them is saved", (t) => {
  const { core } = openTestOrg(t);
  const before = getOrder(core);
  let deepest = 0;
  /** A value that saves when it is read stands for a flow that updates its own record. */
  const nested = (depth: number, end: number): OrgRecord => ({
    get Description() {
      deepest = Math.max(deepest, depth);
      if (depth < end) core.update(operator, "Order", orderId, nested(depth + 1, end));
      return `depth ${depth}`;
    },
  });
  core.update(operator, "Order", orderId, nested(1, 15));
  assert.equal(getOrder(core)["Description"], "depth 1");
  core.update(operator, "Order", orderId, { Description: null });
  deepest = 0;
  assert.throws(
    () => {
      core.update(operator, "Order", orderId, nested(1, 100));
    },
    { code: "CANNOT_EXECUTE_FLOW_TRIGGER", message: /more than 16 saves/ },
  );
  assert.equal(deepest, 16);
  assert.equal(getOrder(core)["Description"], before["Description"]);
  setStatus(core, "Approved");
  assert.equal(publishedEvents(core).length, 1);
});

test("a change of lines runs the order's rules and flows, and publishes no second approval", (t) => {
  const metadata = copyMetadata(t);
  metadata.add(
    `${objects}/Order/validationRules/Total_Limit.validationRule-meta.xml`,
    `<ValidationRule xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>Total_Limit</fullName>
     <active>true</active><errorConditionFormula>TotalAmount &gt; 100</errorConditionFormula>
     <errorMessage>Too much</errorMessage></ValidationRule>`,
  );
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  setStatus(core, "Approved");
  core.update(operator, "OrderItem", lineId, { Quantity: 2 });
  assert.equal(getOrder(core)["TotalAmount"], 24);
  assert.equal(getOrder(core)["Approval_Sequence__c"], 1);
  assert.equal(publishedEvents(core).length, 1);
  assert.throws(
    () => {
      core.update(operator, "OrderItem", lineId, { Quantity: 9 });
    },
    { code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: "Too much" },
  );
  assert.equal(core.get("OrderItem", lineId)?.["Quantity"], 2);
});

test("a total is rolled up whatever the metadata now says of the order's status", (t) => {
  for (const [from, to] of [
    ["<fullName>In Review</fullName>", "<fullName>Reviewed</fullName>"],
    [
      `<label>In Review</label>
        <groupingString>Draft</groupingString>`,
      `<label>In Review</label>
        <groupingString>Activated</groupingString>`,
    ],
  ] as const) {
    const metadata = copyMetadata(t);
    const databaseFile = join(tempDir(t), "org.db");
    const first = openTestOrg(t, { databaseFile, metadataDirs: metadata.dirs }).core;
    setStatus(first, "In Review");
    first.close();
    metadata.edit("demo/main/default/standardValueSets/OrderStatus.standardValueSet-meta.xml", from, to);
    const { core } = openTestOrg(t, { databaseFile, metadataDirs: metadata.dirs });
    core.update(operator, "OrderItem", lineId, { Quantity: 2 });
    assert.equal(getOrder(core)["TotalAmount"], 24);
  }
});
