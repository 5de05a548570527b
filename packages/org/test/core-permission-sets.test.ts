import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { OrgCore } from "../src/org-core.ts";
import { copyMetadata, openTestOrg, operator, tempDir } from "./core-harness.ts";

const file = "core/main/default/permissionsets/Sluice_Integration.permissionset-meta.xml";

function rightsOf(core: OrgCore, setName: string): readonly string[] {
  const set = [...core.all("PermissionSet")].find((each) => each["Name"] === setName);
  return [...core.all("ObjectPermissions")]
    .filter((each) => each["ParentId"] === set?.["Id"])
    .map((each) => `${String(each["SobjectType"])} ${String(each["PermissionsViewAllRecords"])}`);
}

test("the permission sets of the metadata are records with what they grant, and the operator has them", (t) => {
  const { core } = openTestOrg(t);
  assert.deepEqual(
    [...core.all("PermissionSet")].map((set) => set["Name"]),
    ["Sluice_App_Access", "Sluice_Integration", "Sluice_Operator"],
  );
  assert.deepEqual(rightsOf(core, "Sluice_Integration"), [
    "Account true",
    "Contact true",
    "Order true",
    "OrderItem false",
    "OrderProvisionRequested__e false",
    "Pricebook2 false",
    "Product2 false",
  ]);
  const assignments = [...core.all("PermissionSetAssignment")];
  assert.ok(assignments.every((each) => each["AssigneeId"] === operator.userId));
  assert.equal(assignments.length, 3);
});

test("reading the metadata again replaces what a set grants and leaves who has it", (t) => {
  const metadata = copyMetadata(t);
  const { core } = openTestOrg(t, { metadataDirs: metadata.dirs });
  const before = [...core.all("PermissionSetAssignment")];
  metadata.edit(
    file,
    "<object>Contact</object>\n        <viewAllRecords>true",
    "<object>Contact</object>\n        <viewAllRecords>false",
  );
  metadata.edit(file, "<object>Account</object>", "<object>Pricebook2</object>");
  metadata.edit(
    file,
    "<object>Pricebook2</object>\n        <viewAllRecords>false",
    "<object>PricebookEntry</object>\n        <viewAllRecords>false",
  );
  core.reload();
  const rights = rightsOf(core, "Sluice_Integration").toSorted();
  assert.deepEqual(rights, [
    "Contact false",
    "Order true",
    "OrderItem false",
    "OrderProvisionRequested__e false",
    "Pricebook2 true",
    "PricebookEntry false",
    "Product2 false",
  ]);
  assert.deepEqual([...core.all("PermissionSetAssignment")], before);
});

test("a restart keeps the records of the sets as they are, and who has them", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const first = openTestOrg(t, { databaseFile }).core;
  const [assignment] = first.all("PermissionSetAssignment");
  first.delete(operator, "PermissionSetAssignment", String(assignment?.["Id"]));
  const kept = ["PermissionSet", "ObjectPermissions", "PermissionSetAssignment"].map((name) => [
    ...first.all(name),
  ]);
  first.close();
  const second = openTestOrg(t, { databaseFile }).core;
  assert.deepEqual(
    ["PermissionSet", "ObjectPermissions", "PermissionSetAssignment"].map((name) => [...second.all(name)]),
    kept,
  );
});

test("a set goes with what it grants and with its assignments", (t) => {
  const { core } = openTestOrg(t);
  const setId = core.create(operator, "PermissionSet", { Name: "Short_Lived", Label: "Short-lived" });
  const assignment = { AssigneeId: operator.userId, PermissionSetId: setId };
  core.create(operator, "PermissionSetAssignment", assignment);
  core.create(operator, "ObjectPermissions", { ParentId: setId, SobjectType: "Order" });
  assert.throws(() => core.create(operator, "PermissionSetAssignment", assignment), {
    code: "DUPLICATE_VALUE",
    message: `Duplicate PermissionSetAssignment. PermissionSetId: ${setId}; AssigneeId: ${operator.userId}`,
  });
  core.delete(operator, "PermissionSet", setId);
  assert.ok([...core.all("PermissionSetAssignment")].every((each) => each["PermissionSetId"] !== setId));
  assert.ok([...core.all("ObjectPermissions")].every((each) => each["ParentId"] !== setId));
});
