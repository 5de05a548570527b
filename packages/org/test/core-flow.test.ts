import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { MetadataError } from "../src/metadata/metadata-error.ts";
import type { OrgRecord } from "../src/org-core.ts";
import { copyMetadata, flows, getOrder, openTestOrg, operator, orderId } from "./core-harness.ts";
import type { TestOrg } from "./core-harness.ts";

type FlowParts = {
  readonly name?: string;
  readonly order?: number;
  readonly operation?: string;
  readonly timing?: string;
  readonly filters?: string;
  readonly first: string;
  readonly parts: string;
};

const place = "<locationX>0</locationX><locationY>0</locationY>";

function flowXml({ name, order, operation, timing, filters, first, parts }: FlowParts): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Flow xmlns="http://soap.sforce.com/2006/04/metadata">
  <apiVersion>67.0</apiVersion><label>${name ?? "Probe"}</label><processType>AutoLaunchedFlow</processType>
  ${parts}
  <start>${place}<connector><targetReference>${first}</targetReference></connector>${filters ?? ""}
    <object>Order</object><recordTriggerType>${operation ?? "Update"}</recordTriggerType>
    <triggerType>${timing ?? "RecordBeforeSave"}</triggerType></start>
  <status>Active</status>${order === undefined ? "" : `<triggerOrder>${order}</triggerOrder>`}
</Flow>`;
}

function openWith(t: TestContext, ...added: readonly FlowParts[]): TestOrg {
  const metadata = copyMetadata(t);
  for (const flow of added) metadata.add(`${flows}/${flow.name ?? "Probe"}.flow-meta.xml`, flowXml(flow));
  return openTestOrg(t, { metadataDirs: metadata.dirs });
}

/** What the order's description is after an update. */
function describe({ core }: TestOrg, values: OrgRecord): string | null {
  core.update(operator, "Order", orderId, values);
  return getOrder(core)["Description"] as string | null;
}

function assign(name: string, value: string, next?: string): string {
  const connector =
    next === undefined ? "" : `<connector><targetReference>${next}</targetReference></connector>`;
  return `<assignments><name>${name}</name><label>${name}</label>${place}
    <assignmentItems><assignToReference>$Record.Description</assignToReference><operator>Assign</operator>
    <value>${value}</value></assignmentItems>${connector}</assignments>`;
}

function text(value: string): string {
  return `<stringValue>${value}</stringValue>`;
}

function condition(left: string, operator: string, right: string): string {
  return `<conditions><leftValueReference>${left}</leftValueReference><operator>${operator}</operator>
    <rightValue>${right}</rightValue></conditions>`;
}

function rule(name: string, logic: string, conditions: string, target: string): string {
  return `<rules><name>${name}</name><conditionLogic>${logic}</conditionLogic>${conditions}
    <connector><targetReference>${target}</targetReference></connector><label>${name}</label></rules>`;
}

function filter(field: string, operator: string, value: string): string {
  return `<filters><field>${field}</field><operator>${operator}</operator><value>${value}</value></filters>`;
}

test("a decision takes the first rule that is met, else its default", (t) => {
  const parts =
    assign("Big", text("big")) +
    assign("Small", text("small")) +
    assign("Other", text("other")) +
    `<decisions><name>Size</name><label>Size</label>${place}
      <defaultConnector><targetReference>Other</targetReference></defaultConnector>
      <defaultConnectorLabel>Other</defaultConnectorLabel>
      ${rule("Is_Big", "1 AND (2 OR 3)", condition("$Record.PoNumber", "IsNull", "<booleanValue>false</booleanValue>") + condition("$Record.PoNumber", "StartsWith", text("B")) + condition("$Record.PoNumber", "EndsWith", text("!")), "Big")}
      ${rule("Is_Small", "or", condition("$Record.PoNumber", "Contains", text("mall")) + condition("$Record.TotalAmount", "LessThan", "<numberValue>1.0</numberValue>"), "Small")}
    </decisions>`;
  const org = openWith(t, { first: "Size", parts });
  assert.equal(describe(org, { PoNumber: "Bsmall" }), "big");
  assert.equal(describe(org, { PoNumber: "very!" }), "big");
  assert.equal(describe(org, { PoNumber: "small" }), "small");
  assert.equal(describe(org, { PoNumber: "Small" }), "small");
  assert.equal(describe(org, { PoNumber: "x" }), "other");
  assert.equal(describe(org, { PoNumber: null }), "other");
});

test("variables add up, and constants, formulas and templates are read where they are used", (t) => {
  const add = (operatorName: string, value: string): string =>
    `<assignmentItems><assignToReference>Count</assignToReference><operator>${operatorName}</operator>
     <value>${value}</value></assignmentItems>`;
  const parts =
    `<assignments><name>Sum</name><label>Sum</label>${place}
      ${add("Add", "<numberValue>5.0</numberValue>")}${add("Subtract", "<elementReference>One</elementReference>")}
      <assignmentItems><assignToReference>$Record.Description</assignToReference><operator>Assign</operator>
      <value><elementReference>Report</elementReference></value></assignmentItems></assignments>` +
    `<constants><name>One</name><dataType>Number</dataType><value><numberValue>1.0</numberValue></value></constants>` +
    `<formulas><name>Twice</name><dataType>Number</dataType><expression>{!Count} * 2 / 3</expression><scale>1</scale></formulas>` +
    `<textTemplates><name>Report</name><isViewedAsPlainText>true</isViewedAsPlainText>
      <text>{!Count} and {!Twice} for {!$Record.Account.Name}, was {!$Record__Prior.PoNumber}, by {!$User.LastName}</text></textTemplates>` +
    `<variables><name>Count</name><dataType>Number</dataType><isCollection>false</isCollection></variables>`;
  const org = openWith(t, { first: "Sum", parts });
  org.core.update(operator, "Order", orderId, { PoNumber: "old" });
  assert.equal(describe(org, { PoNumber: "new" }), "4 and 2.7 for Marta Jansen, was old, by Operator");
});

test("each operation starts the flows that are made for it", (t) => {
  const values = { EffectiveDate: "2026-12-01", AccountId: "001Hs0000000001IAA" };
  for (const [operation, onCreate, onUpdate] of [
    ["Create", "ran", null],
    ["Update", null, "ran"],
    ["CreateAndUpdate", "ran", "ran"],
  ] as const) {
    const org = openWith(t, { operation, first: "Mark", parts: assign("Mark", text("ran")) });
    const id = org.core.create(operator, "Order", values);
    assert.equal(getOrder(org.core, id)["Description"], onCreate, `${operation} on create`);
    org.core.update(operator, "Order", orderId, { Description: null });
    assert.equal(describe(org, { PoNumber: "1" }), onUpdate, `${operation} on update`);
  }
});

test("changed-to-meet compares the whole condition: the other half of an OR does not start the flow again", (t) => {
  const org = openWith(t, {
    first: "Mark",
    parts: assign("Mark", text("ran")),
    filters: `<doesRequireRecordChangedToMeetCriteria>true</doesRequireRecordChangedToMeetCriteria>
      <filterLogic>or</filterLogic>${filter("PoNumber", "EqualTo", text("a"))}${filter("Name", "EqualTo", text("b"))}`,
  });
  assert.equal(describe(org, { PoNumber: "a" }), "ran");
  assert.equal(describe(org, { Description: null }), null);
  assert.equal(describe(org, { Name: "b" }), null);
  assert.equal(describe(org, { PoNumber: null, Name: null }), null);
  assert.equal(describe(org, { Name: "b" }), "ran");
});

test("without changed-to-meet the flow runs at every save that meets the condition", (t) => {
  const org = openWith(t, {
    first: "Mark",
    parts: assign("Mark", text("ran")),
    filters: `<filterLogic>and</filterLogic>${filter("PoNumber", "EqualTo", text("a"))}`,
  });
  assert.equal(describe(org, { PoNumber: "a" }), "ran");
  assert.equal(describe(org, { Description: null }), "ran");
});

test("IsChanged asks about this save", (t) => {
  const org = openWith(t, {
    first: "Mark",
    parts: assign("Mark", text("ran")),
    filters: `<filterLogic>and</filterLogic>${filter("PoNumber", "IsChanged", "<booleanValue>true</booleanValue>")}`,
  });
  assert.equal(describe(org, { PoNumber: "a" }), "ran");
  assert.equal(describe(org, { PoNumber: "a", Description: null }), null);
  assert.equal(describe(org, { PoNumber: "b" }), "ran");
});

test("flows of one stage run by their trigger order, those without one in the middle", (t) => {
  const add = (name: string, order?: number): FlowParts => ({
    name,
    first: "Add",
    parts: `<assignments><name>Add</name><label>Add</label>${place}
      <assignmentItems><assignToReference>$Record.Description</assignToReference><operator>Add</operator>
      <value>${text(name)}</value></assignmentItems></assignments>`,
    ...(order === undefined ? {} : { order }),
  });
  const org = openWith(t, add("A", 1500), add("B"), add("C", 20), add("D", 3));
  assert.equal(describe(org, { PoNumber: "1" }), "DCBA");
});

test("a custom error in a before-save flow refuses the save, at its field", (t) => {
  const org = openWith(t, {
    first: "Stop",
    parts: `<customErrors><name>Stop</name><label>Stop</label>${place}<customErrorMessages>
      <errorMessage>{!$Record.PoNumber} is taken</errorMessage><fieldSelection>PoNumber</fieldSelection>
      <isFieldError>true</isFieldError></customErrorMessages></customErrors>`,
  });
  assert.throws(() => describe(org, { PoNumber: "7" }), {
    code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    message: "7 is taken",
    fields: ["PoNumber"],
  });
  assert.equal(getOrder(org.core)["PoNumber"], null);
});

test("a flow that goes round in a circle is stopped, and nothing is saved", (t) => {
  const org = openWith(t, {
    first: "One",
    parts: assign("One", text("1"), "Two") + assign("Two", text("2"), "One"),
  });
  assert.throws(() => describe(org, { PoNumber: "1" }), {
    code: "CANNOT_EXECUTE_FLOW_TRIGGER",
    message: /Probe failed at .*more than 2000 elements/,
  });
  assert.equal(getOrder(org.core)["PoNumber"], null);
});

test("a value that a flow sets is checked as if a client had sent it", (t) => {
  const parts = assign("Mark", text("x")).replace("$Record.Description", "$Record.Status");
  const org = openWith(t, { first: "Mark", parts });
  assert.throws(() => describe(org, { PoNumber: "1" }), {
    code: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    fields: ["Status"],
  });
});

test("an element that nothing leads to is worth a warning", (t) => {
  const org = openWith(t, { first: "Used", parts: assign("Lost", text("1")) + assign("Used", text("2")) });
  assert.deepEqual(org.warnings, ["flow Probe: nothing leads to Lost"]);
});

test("what a stage does not allow is refused at load", (t) => {
  const publish = `<recordCreates><name>Publish</name><label>Publish</label>${place}
    <object>OrderProvisionRequested__e</object></recordCreates>`;
  for (const [parts, message] of [
    [{ first: "Publish", parts: publish }, /A RecordBeforeSave flow cannot create records/],
    [
      { first: "Mark", timing: "RecordAfterSave", parts: assign("Mark", text("x")) },
      /saved already when this flow/,
    ],
    [
      { first: "Mark", parts: assign("Mark", "<numberValue>1.0</numberValue>") },
      /takes text, and gets number/,
    ],
    [
      { first: "Mark", parts: assign("Mark", "<elementReference>Nope</elementReference>") },
      /nothing called "Nope"/,
    ],
    [
      { first: "Mark", parts: assign("Mark", text("1")) + assign("Mark", text("2")) },
      /Two parts of the flow are called Mark/,
    ],
    [
      {
        first: "Mark",
        parts: assign("Mark", text("1")),
        filters: `<filterLogic>1 AND 3</filterLogic>${filter("Name", "EqualTo", text("a"))}`,
      },
      /"1 AND 3" is no logic over 1 conditions/,
    ],
  ] as const) {
    assert.throws(
      () => openWith(t, parts),
      (error) => {
        assert.ok(error instanceof MetadataError, String(error));
        assert.match(error.message, message);
        assert.match(error.file, /Probe\.flow-meta\.xml$/);
        return true;
      },
    );
  }
});
