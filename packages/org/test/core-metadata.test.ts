import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MetadataError } from "../src/metadata/metadata-error.ts";
import type { MetadataErrorCode } from "../src/metadata/metadata-error.ts";
import {
  copyMetadata,
  flows,
  objects,
  openTestOrg,
  prepareFlow,
  publishFlow,
  tempDir,
} from "./core-harness.ts";

type Breakage = {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly code: MetadataErrorCode;
  readonly element: string;
  readonly message: RegExp;
};

const orderFields = `${objects}/Order/fields`;
const rule = `${objects}/Order/validationRules/Provisioning_Version_Never_Falls.validationRule-meta.xml`;
const eventObject = `${objects}/OrderProvisionRequested__e/OrderProvisionRequested__e.object-meta.xml`;
const integrationSet = "core/main/default/permissionsets/Sluice_Integration.permissionset-meta.xml";
const statuses = "demo/main/default/standardValueSets/OrderStatus.standardValueSet-meta.xml";

const breakages: readonly Breakage[] = [
  {
    what: "a tag that is not closed",
    file: publishFlow,
    from: "</status>",
    to: "",
    code: "malformed_xml",
    element: "",
    message: /Order_After_Save_Publish_Provision\.flow-meta\.xml:\d+: .*status.* Repair the XML\.$/,
  },
  {
    what: "an unknown element in a start",
    file: publishFlow,
    from: "<object>Order</object>",
    to: "<object>Order</object><schedule>daily</schedule>",
    code: "unknown_element",
    element: "Flow/start/schedule",
    message: /<schedule> is not understood inside <start>/,
  },
  {
    what: "a flow node that this org cannot run",
    file: publishFlow,
    from: "<environments>",
    to: "<actionCalls><name>Mail</name></actionCalls><environments>",
    code: "unknown_element",
    element: "Flow/actionCalls",
    message: /<actionCalls> is not understood inside <Flow>.*recordCreates/,
  },
  {
    what: "equal elements that do not stand together",
    file: prepareFlow,
    from: "<status>Active</status>",
    to: "<variables><name>Late</name><dataType>String</dataType></variables><status>Active</status>",
    code: "duplicate",
    element: "Flow/variables[NoDateTime]",
    message: /All <variables> inside <Flow> must stand together/,
  },
  {
    what: "loose text between elements",
    file: publishFlow,
    from: "<object>Order</object>",
    to: "<object>Order</object> object",
    code: "bad_value",
    element: "Flow/start",
    message: /Text stands loose inside <start>: "object"/,
  },
  {
    what: "an operator that is none",
    file: publishFlow,
    from: "<operator>EqualTo</operator>",
    to: "<operator>Equals</operator>",
    code: "bad_value",
    element: "Flow/start/filters/operator",
    message: /takes one of EqualTo, NotEqualTo, .*, and holds "Equals"/,
  },
  {
    what: "a status that the org does not have",
    file: publishFlow,
    from: "<stringValue>Approved</stringValue>",
    to: "<stringValue>Approvd</stringValue>",
    code: "unknown_reference",
    element: "Flow/start/filters/value/stringValue",
    message: /"Approvd" is no value of Status; it has Draft, In Review, Approved/,
  },
  {
    what: "a connector to nowhere",
    file: publishFlow,
    from: "<targetReference>Refuse_Approval</targetReference>",
    to: "<targetReference>Refuse</targetReference>",
    code: "unknown_reference",
    element: "Flow/recordCreates/faultConnector/targetReference",
    message: /no element "Refuse"; it has Publish_Provision_Request, Refuse_Approval/,
  },
  {
    what: "a field that the event does not have",
    file: publishFlow,
    from: "<field>Account_Id__c</field>",
    to: "<field>Account__c</field>",
    code: "unknown_reference",
    element: "Flow/recordCreates/inputAssignments[1]/field",
    message: /OrderProvisionRequested__e has no field "Account__c"/,
  },
  {
    what: "a required event field that is not assigned",
    file: publishFlow,
    from: "<field>Order_Id__c</field>",
    to: "<field>Order_Number__c</field>",
    code: "missing_element",
    element: "Flow/recordCreates",
    message: /OrderProvisionRequested__e\.Order_Id__c is required; assign it/,
  },
  {
    what: "an event field that gets another type",
    file: publishFlow,
    from: "$Record.TotalAmount",
    to: "$Record.OrderNumber",
    code: "bad_value",
    element: "Flow/recordCreates/inputAssignments[9]/value/elementReference",
    message: /Total_Amount__c takes number, and gets text/,
  },
  {
    what: "an unknown function in a formula",
    file: publishFlow,
    from: "TEXT(",
    to: "HYPERLINK(",
    code: "bad_formula",
    element: "Flow/formulas/expression",
    message: /the function HYPERLINK is not known here; known are ABS, AND/,
  },
  {
    what: "a resource that needs itself",
    file: prepareFlow,
    from: "BLANKVALUE({!$Record.Approval_Sequence__c}, 0)",
    to: "BLANKVALUE({!NextApprovalSequence}, 0)",
    code: "bad_value",
    element: "Flow/formulas",
    message: /NextApprovalSequence → NextApprovalSequence/,
  },
  {
    what: "an assignment to a field that the org sets alone",
    file: prepareFlow,
    from: "<assignToReference>$Record.Approved_At__c<",
    to: "<assignToReference>$Record.SystemModstamp<",
    code: "bad_value",
    element: "Flow/assignments/assignmentItems[2]",
    message: /"\$Record\.SystemModstamp" is set by the org alone/,
  },
  {
    what: "an unknown field type",
    file: `${orderFields}/Provisioning_Step__c.field-meta.xml`,
    from: "<type>Text</type>",
    to: "<type>EncryptedText</type>",
    code: "bad_value",
    element: "CustomField/type",
    message: /takes one of Text, Number/,
  },
  {
    what: "a field whose name and file differ",
    file: `${orderFields}/Provisioning_Step__c.field-meta.xml`,
    from: "<fullName>Provisioning_Step__c",
    to: "<fullName>Step__c",
    code: "bad_value",
    element: "CustomField/fullName",
    message: /The file name says Provisioning_Step__c, and <fullName> says Step__c/,
  },
  {
    what: "an event without a publish behavior",
    file: eventObject,
    from: "<publishBehavior>PublishAfterCommit</publishBehavior>",
    to: "",
    code: "missing_element",
    element: "CustomObject",
    message: /<CustomObject> needs <publishBehavior>/,
  },
  {
    what: "a validation rule over a field that is not there",
    file: rule,
    from: "ISBLANK(Provisioning_Version__c)",
    to: "ISBLANK(Version__c)",
    code: "unknown_reference",
    element: "ValidationRule/errorConditionFormula",
    message: /Order has no field "Version__c"/,
  },
  {
    what: "a permission on a field that is not there",
    file: integrationSet,
    from: "<field>Order.Approved_At__c</field>",
    to: "<field>Order.Approved__c</field>",
    code: "unknown_reference",
    element: "PermissionSet/fieldPermissions[2]/field",
    message: /Order has no field "Approved__c"/,
  },
  {
    what: "an order status without a category",
    file: statuses,
    from: "<groupingString>Activated</groupingString>",
    to: "<groupingString>Done</groupingString>",
    code: "bad_value",
    element: "StandardValueSet",
    message: /The order status Activated needs <groupingString> Draft or Activated/,
  },
];

for (const { what, file, from, to, code, element, message } of breakages) {
  test(`refuses ${what}, naming file and element`, (t) => {
    const metadata = copyMetadata(t);
    metadata.edit(file, from, to);
    assert.throws(
      () => openTestOrg(t, { metadataDirs: metadata.dirs }),
      (error) => {
        assert.ok(error instanceof MetadataError, String(error));
        assert.equal(error.code, code);
        assert.ok(error.file.endsWith(file), error.file);
        assert.equal(error.element, element);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("refuses a kind of file that it does not know", (t) => {
  const metadata = copyMetadata(t);
  metadata.add(`${flows}/Order.trigger`, "trigger Order on Order (after update) {}");
  assert.throws(() => openTestOrg(t, { metadataDirs: metadata.dirs }), {
    code: "unknown_file",
    message: /Order\.trigger: This kind of metadata is not known here/,
  });
});

test("refuses a folder that is not there", (t) => {
  const missing = join(tempDir(t), "nowhere");
  assert.throws(() => openTestOrg(t, { metadataDirs: [missing] }), {
    code: "unreadable",
    file: missing,
  });
});

test("without the demo's statuses it refuses flows over a status that the org does not have", (t) => {
  const metadata = copyMetadata(t);
  assert.throws(() => openTestOrg(t, { metadataDirs: metadata.dirs.slice(0, 1) }), {
    code: "unknown_reference",
    message: /is no value of Status; it has Draft, Activated\. Correct it, or add it to the value set/,
  });
});

test("the project's own metadata loads without a warning, with every field outsiders rely on", (t) => {
  const { core, warnings } = openTestOrg(t);
  assert.deepEqual(warnings, []);
  const order = core.schema.objects.get("Order")?.fields;
  assert.deepEqual(order?.get("Provisioning_Status__c")?.picklistValues, [
    "Not Requested",
    "Acknowledged",
    "In Progress",
    "Pending",
    "Held",
    "Completed",
    "Failed",
    "Cancelled",
  ]);
  assert.equal(order?.get("Provisioning_Status__c")?.defaultValue, "Not Requested");
  assert.deepEqual(order?.get("Status")?.picklistValues, [
    "Draft",
    "In Review",
    "Approved",
    "Provisioning",
    "On Hold",
    "Cancelled",
    "Activated",
  ]);
  const custom = [...(order?.keys() ?? [])].filter((name) => name.endsWith("__c"));
  assert.deepEqual(custom, [
    "Approval_Sequence__c",
    "Approved_At__c",
    "Provisioning_Completed_At__c",
    "Provisioning_Error_Code__c",
    "Provisioning_Error_Message__c",
    "Provisioning_Started_At__c",
    "Provisioning_Status__c",
    "Provisioning_Step__c",
    "Provisioning_Updated_At__c",
    "Provisioning_Version__c",
  ]);
  const event = core.schema.objects.get("OrderProvisionRequested__e");
  assert.equal(event?.kind, "event");
  assert.deepEqual(
    [...(event?.fields.values() ?? [])].filter((field) => field.required).map(({ name }) => name),
    ["Order_Id__c", "Request_Key__c"],
  );
  const dependsOn = core.schema.objects.get("OrderItem")?.fields.get("Depends_On__c");
  assert.equal(dependsOn?.referenceTo, "OrderItem");
  assert.equal(dependsOn?.relationshipName, "Depends_On__r");
});
