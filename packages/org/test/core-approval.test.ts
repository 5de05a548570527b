import assert from "node:assert/strict";
import { test } from "node:test";
import { OrgError } from "../src/org-core.ts";
import {
  copyMetadata,
  getOrder,
  objects,
  openTestOrg,
  operator,
  orderId,
  prepareFlow,
  publishedEvents,
  publishFlow,
  setStatus,
  startMs,
} from "./core-harness.ts";

test("an approval counts, stamps the order, and publishes exactly one event with its data", (t) => {
  const { core, time } = openTestOrg(t);
  time.nowMs = startMs + 60_000;
  setStatus(core, "Approved");
  const order = getOrder(core);
  assert.equal(order["Approval_Sequence__c"], 1);
  assert.equal(order["Approved_At__c"], "2026-11-23T09:01:00.000Z");
  assert.deepEqual(publishedEvents(core), [
    {
      CreatedDate: startMs + 60_000,
      CreatedById: operator.userId,
      Account_Id__c: "001Hs0000000001IAA",
      Approved_At__c: startMs + 60_000,
      Approved_By_Id__c: operator.userId,
      Order_Id__c: orderId,
      Order_Modified_At__c: startMs + 60_000,
      Order_Number__c: "00000101",
      Request_Key__c: `${orderId}-1-P`,
      Request_Type__c: "Provision",
      Total_Amount__c: 12,
    },
  ]);
});

test("saving an approved order again publishes nothing", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  setStatus(core, "Approved");
  core.update(operator, "Order", orderId, { PoNumber: "4711" });
  assert.equal(publishedEvents(core).length, 1);
});

test("a second approval raises the counter, publishes its own key and resets the provisioning fields", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  core.update(operator, "Order", orderId, {
    Provisioning_Status__c: "Held",
    Provisioning_Version__c: 7,
    Provisioning_Step__c: "Activate line",
    Provisioning_Error_Code__c: "SKU_NOT_MAPPED",
    Provisioning_Error_Message__c: "The product is not known.",
    Provisioning_Started_At__c: "2026-11-23T09:00:01.000Z",
    Provisioning_Updated_At__c: "2026-11-23T09:00:02.000Z",
    Provisioning_Completed_At__c: "2026-11-23T09:00:03.000Z",
  });
  setStatus(core, "Draft");
  setStatus(core, "Approved");
  const order = getOrder(core);
  assert.equal(order["Approval_Sequence__c"], 2);
  assert.equal(order["Provisioning_Status__c"], "Not Requested");
  assert.equal(order["Provisioning_Version__c"], 7, "the version never falls");
  for (const field of ["Step", "Error_Code", "Error_Message", "Started_At", "Updated_At", "Completed_At"]) {
    assert.equal(order[`Provisioning_${field}__c`], null, field);
  }
  assert.deepEqual(
    publishedEvents(core).map((event) => event["Request_Key__c"]),
    [`${orderId}-1-P`, `${orderId}-2-P`],
  );
});

test("writing the provisioning status back publishes nothing", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  for (const [index, status] of ["Acknowledged", "In Progress", "Completed"].entries()) {
    core.update(operator, "Order", orderId, {
      Provisioning_Status__c: status,
      Provisioning_Version__c: index + 1,
    });
  }
  setStatus(core, "Activated");
  assert.equal(getOrder(core)["Provisioning_Status__c"], "Completed");
  assert.equal(publishedEvents(core).length, 1);
});

test("cancelling an approved order publishes a Cancel request under the same counter", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Approved");
  setStatus(core, "Cancelled");
  const [, cancel] = publishedEvents(core);
  assert.equal(cancel?.["Request_Type__c"], "Cancel");
  assert.equal(cancel?.["Request_Key__c"], `${orderId}-1-C`);
});

test("cancelling an order that was never approved publishes nothing", (t) => {
  const { core } = openTestOrg(t);
  setStatus(core, "Cancelled");
  assert.deepEqual(publishedEvents(core), []);
});

test("an older provisioning version is refused, the same and a newer one are taken", (t) => {
  const { core } = openTestOrg(t);
  const write = (version: number | null, status: string): void => {
    core.update(operator, "Order", orderId, {
      Provisioning_Version__c: version,
      Provisioning_Status__c: status,
    });
  };
  write(5, "Acknowledged");
  write(5, "Acknowledged");
  write(6, "In Progress");
  for (const version of [5, null]) {
    assert.throws(
      () => {
        write(version, "Acknowledged");
      },
      {
        code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message: "A newer provisioning status is already on this order.",
        fields: ["Provisioning_Version__c"],
      },
    );
  }
  assert.equal(getOrder(core)["Provisioning_Status__c"], "In Progress");
});

test("an event that cannot be published refuses the approval through the fault path, and nothing is saved", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(
    `${objects}/OrderProvisionRequested__e/fields/Order_Number__c.field-meta.xml`,
    "<length>30</length>",
    "<length>3</length>",
  );
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  const before = getOrder(core);
  assert.throws(
    () => {
      setStatus(core, "Approved");
    },
    (error) => {
      assert.ok(error instanceof OrgError);
      assert.equal(error.code, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
      assert.match(error.message, /^The order could not be handed to provisioning\. Nothing was saved\. /);
      assert.match(error.message, /data value too large: 00000101 \(max length=3\)$/);
      return true;
    },
  );
  assert.deepEqual(getOrder(core), before);
  assert.deepEqual(publishedEvents(core), []);
});

test("without a fault path the save fails as a flow error", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(
    `${objects}/OrderProvisionRequested__e/fields/Order_Number__c.field-meta.xml`,
    "<length>30</length>",
    "<length>3</length>",
  );
  metadata.edit(publishFlow, "<faultConnector>", "<connector>");
  metadata.edit(publishFlow, "</faultConnector>", "</connector>");
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  assert.throws(
    () => {
      setStatus(core, "Approved");
    },
    { code: "CANNOT_EXECUTE_FLOW_TRIGGER", message: /Order_After_Save_Publish_Provision failed at Publish_/ },
  );
  assert.equal(getOrder(core)["Status"], "Draft");
});

test("a save refused after the publish step publishes nothing; an immediate event is out already", (t) => {
  const refuseLater = `<?xml version="1.0" encoding="UTF-8"?>
<Flow xmlns="http://soap.sforce.com/2006/04/metadata">
  <apiVersion>67.0</apiVersion>
  <customErrors>
    <name>Refuse</name><label>Refuse</label><locationX>0</locationX><locationY>0</locationY>
    <customErrorMessages>
      <errorMessage>No {!$Record.Status} today</errorMessage><isFieldError>false</isFieldError>
    </customErrorMessages>
  </customErrors>
  <label>Refuse Later</label>
  <processType>AutoLaunchedFlow</processType>
  <start>
    <locationX>0</locationX><locationY>0</locationY>
    <connector><targetReference>Refuse</targetReference></connector>
    <filterLogic>and</filterLogic>
    <filters><field>Status</field><operator>EqualTo</operator><value><stringValue>Approved</stringValue></value></filters>
    <object>Order</object>
    <recordTriggerType>Update</recordTriggerType>
    <triggerType>RecordAfterSave</triggerType>
  </start>
  <status>Active</status>
  <triggerOrder>2000</triggerOrder>
</Flow>`;
  for (const [behavior, expected] of [
    ["PublishAfterCommit", 0],
    ["PublishImmediately", 1],
  ] as const) {
    const metadata = copyMetadata(t);
    metadata.add("core/main/default/flows/Refuse_Later.flow-meta.xml", refuseLater);
    metadata.edit(
      `${objects}/OrderProvisionRequested__e/OrderProvisionRequested__e.object-meta.xml`,
      "PublishAfterCommit",
      behavior,
    );
    const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
    assert.throws(
      () => {
        setStatus(core, "Approved");
      },
      { code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: "No Approved today" },
    );
    assert.equal(getOrder(core)["Approval_Sequence__c"], null);
    assert.equal(publishedEvents(core).length, expected, behavior);
  }
});

test("behaviour follows the entry condition in the XML", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(publishFlow, "<stringValue>Approved</stringValue>", "<stringValue>In Review</stringValue>");
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  setStatus(core, "Approved");
  assert.equal(publishedEvents(core).length, 0);
  setStatus(core, "In Review");
  assert.equal(publishedEvents(core).length, 1);
});

test("a filter formula replaces the filters", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(
    publishFlow,
    "<filterLogic>and</filterLogic>",
    `<filterFormula>AND(ISCHANGED({!$Record.Status}), ISPICKVAL({!$Record.Status}, "Approved"), {!$Record.TotalAmount} &gt; 12)</filterFormula>`,
  );
  metadata.edit(
    publishFlow,
    `<filters>
            <field>Status</field>
            <operator>EqualTo</operator>
            <value>
                <stringValue>Approved</stringValue>
            </value>
        </filters>`,
    "",
  );
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  setStatus(core, "Approved");
  assert.equal(publishedEvents(core).length, 0, "12 is not more than 12");
  setStatus(core, "Draft");
  core.update(operator, "OrderItem", "802Hs0000000101IAA", { Quantity: 2 });
  setStatus(core, "Approved");
  assert.equal(publishedEvents(core)[0]?.["Total_Amount__c"], 24);
});

test("a flow that is not Active does not run, and the org warns of it", (t) => {
  const metadata = copyMetadata(t);
  metadata.edit(prepareFlow, "<status>Active</status>", "<status>Draft</status>");
  const { core, warnings } = openTestOrg(t, { metadataDirs: metadata.dirs });
  assert.throws(
    () => {
      setStatus(core, "Approved");
    },
    {
      code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
      message:
        "Nothing was saved. The approval counter did not rise: activate the flow Order Before Save Prepare Approval.",
    },
    "without a counter every later approval would pass for a repetition of this one",
  );
  assert.equal(getOrder(core)["Status"], "Draft");
  assert.deepEqual(publishedEvents(core), []);
  assert.deepEqual(warnings, [
    "flow Order_Before_Save_Prepare_Approval: its status is not Active, so it does not run",
  ]);
});
