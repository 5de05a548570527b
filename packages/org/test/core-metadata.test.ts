import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MetadataError } from "../src/metadata/metadata-error.ts";
import { copyMetadata, flows, objects, openTestOrg, tempDir } from "./core-harness.ts";
import { breakages, orderFields } from "./core-metadata-breakages.ts";

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

const field = (name: string): string =>
  `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>${name}</fullName>
   <label>X</label><length>9</length><type>Text</type></CustomField>`;

for (const [what, file, text, code, message] of [
  [
    "a field that the object has already",
    `${orderFields}/PoNumber.field-meta.xml`,
    field("PoNumber"),
    "duplicate",
    /Order\.PoNumber is defined twice/,
  ],
  [
    "a value set that it does not know",
    "demo/main/default/standardValueSets/CaseStatus.standardValueSet-meta.xml",
    `<StandardValueSet xmlns="http://soap.sforce.com/2006/04/metadata"/>`,
    "unknown_file",
    /CaseStatus is not known here/,
  ],
  [
    "a standard object that it does not have",
    `${objects}/Order/Case.object-meta.xml`,
    `<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata"/>`,
    "unknown_reference",
    /The org has no object Case/,
  ],
  [
    "a root element of another kind",
    `${orderFields}/X__c.field-meta.xml`,
    `<Field xmlns="http://soap.sforce.com/2006/04/metadata"/>`,
    "unknown_element",
    /The root element must be <CustomField>/,
  ],
  [
    "a root element without its namespace",
    `${orderFields}/X__c.field-meta.xml`,
    "<CustomField/>",
    "missing_element",
    /Add xmlns=/,
  ],
] as const) {
  test(`refuses ${what}`, (t) => {
    const metadata = copyMetadata(t);
    metadata.add(file, text);
    assert.throws(() => openTestOrg(t, { metadataDirs: metadata.dirs }), {
      name: "MetadataError",
      code,
      message,
    });
  });
}

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
