import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isRecordId } from "../src/ids.ts";
import type { OrgCore, OrgRecord } from "../src/org-core.ts";
import { runSoql } from "../src/soql/run-soql.ts";
import { openTestOrg, operator, tempDir } from "./core-harness.ts";
import { fieldXml, objectXml, writeShipmentProject } from "./custom-metadata.ts";
import type { CustomProject } from "./custom-metadata.ts";

function openShipments(t: TestContext, project: CustomProject, databaseFile = ":memory:"): OrgCore {
  return openTestOrg(t, { databaseFile, metadataDirs: [project.dir], seedFiles: [project.seedFile] }).core;
}

function only(core: OrgCore, objectName: string): OrgRecord {
  const [record] = core.all(objectName);
  return record ?? assert.fail(`no ${objectName}`);
}

test("a project without orders opens with a seed of aliases and the demo's org and operator", (t) => {
  const core = openShipments(t, writeShipmentProject(t));
  assert.equal(core.orgId, "00D000000000001EAA");
  assert.equal(only(core, "User")["Username"], "operator@sluice.test");
  const [first, second] = core.all("Shipment__c");
  assert.ok(first !== undefined);
  assert.deepEqual([first["Name"], second?.["Name"]], ["S-0007", "S-0008"]);
  assert.equal(first["Account__c"], only(core, "Account")["Id"]);
  assert.equal(first["State__c"], "Packed");
  assert.equal(first["OwnerId"], operator.userId);
  const parcel = only(core, "Parcel__c");
  assert.equal(parcel["Name"], "@box", "only lookups read aliases");
  assert.equal(parcel["Shipment__c"], first["Id"]);
  assert.equal("OwnerId" in parcel, false, "a detail has no owner of its own");
});

test("custom objects have ids of their own, which stay when objects come and go", (t) => {
  const project = writeShipmentProject(t);
  const databaseFile = join(tempDir(t), "org.db");
  const first = openShipments(t, project, databaseFile);
  assert.equal(first.schema.objects.get("Parcel__c")?.keyPrefix, "a00");
  assert.equal(first.schema.objects.get("Shipment__c")?.keyPrefix, "a01");
  const id = String(only(first, "Parcel__c")["Id"]);
  assert.ok(id.startsWith("a00") && isRecordId(id), id);
  first.close();
  project.write("objects/Depot__c/Depot__c.object-meta.xml", objectXml("Depot"));
  const second = openShipments(t, project, databaseFile);
  assert.equal(second.schema.objects.get("Depot__c")?.keyPrefix, "a02");
  assert.equal(second.schema.objects.get("Shipment__c")?.keyPrefix, "a01");
  assert.equal(second.schema.objects.get("Depot__c")?.pluralLabel, "Depots");
  assert.equal(only(second, "Parcel__c")["Id"], id);
  const depot = second.create(operator, "Depot__c", {});
  assert.equal(second.get("Depot__c", depot)?.["Name"], depot, "a name left out is the id");
});

test("flows run on custom objects, and their events go to the bus", (t) => {
  const core = openShipments(t, writeShipmentProject(t));
  core.update(operator, "Shipment__c", String(only(core, "Shipment__c")["Id"]), { State__c: "Sent" });
  assert.equal(core.bus.read("/event/Shipment_Sent__e", -1, 10).length, 1);
});

test("queries follow custom relationships up and down", (t) => {
  const core = openShipments(t, writeShipmentProject(t));
  const down = runSoql(
    core,
    "SELECT Name, (SELECT Name FROM Parcels__r) FROM Shipment__c WHERE IsDeleted = false ORDER BY Name",
  );
  assert.ok(down.kind === "rows");
  assert.deepEqual(
    down.rows.map(({ columns }) =>
      columns.map((column) => (column.kind === "children" ? column.rows.length : "")).at(-1),
    ),
    [1, 0],
  );
  const up = runSoql(core, "SELECT Id FROM Parcel__c WHERE Shipment__r.Account__r.Name = 'acme'");
  assert.ok(up.kind === "rows");
  assert.equal(up.rows.length, 1);
});

test("details are deleted with their master, lookups are emptied", (t) => {
  const core = openShipments(t, writeShipmentProject(t));
  const shipment = String(only(core, "Shipment__c")["Id"]);
  core.delete(operator, "Account", String(only(core, "Account")["Id"]));
  assert.equal(core.get("Shipment__c", shipment)?.["Account__c"], null);
  core.delete(operator, "Shipment__c", shipment);
  assert.deepEqual([...core.all("Parcel__c")], []);
  assert.equal([...core.recycleBin.all("Parcel__c")].length, 1);
});

test("unique values are enforced in the platform's words, text without regard to case", (t) => {
  const core = openShipments(t, writeShipmentProject(t));
  const id = String(only(core, "Account")["Id"]);
  assert.throws(() => core.create(operator, "Account", { Name: "B", Customer_Key__c: "c-1" }), {
    code: "DUPLICATE_VALUE",
    message: `duplicate value found: Customer_Key__c duplicates value on record with id: ${id.slice(0, 15)}`,
    fields: ["Customer_Key__c"],
  });
  const other = core.create(operator, "Account", { Name: "B", Customer_Key__c: null });
  const rows = [
    { kind: "update", objectName: "Account", id, values: { Customer_Key__c: "C-2" } },
    { kind: "update", objectName: "Account", id: other, values: { Customer_Key__c: "C-1" } },
    { kind: "create", objectName: "Account", values: { Name: "C", Customer_Key__c: "C-2" } },
  ] as const;
  const results = core.saveAll(operator, rows, { allOrNone: false });
  assert.deepEqual(
    results.map((result) => (result.kind === "refused" ? result.error.code : "saved")),
    ["saved", "saved", "DUPLICATE_VALUE"],
  );
  const parcel = only(core, "Parcel__c");
  assert.throws(() => core.clone(operator, "Parcel__c", String(parcel["Id"])), { code: "DUPLICATE_VALUE" });
});

for (const [what, values, expected] of [
  ["a percentage is rounded to its scale", { Discount__c: 12.345 }, { Discount__c: 12.35 }],
  [
    "several values are joined by semicolons",
    { Handling__c: "Cold; Fragile;Cold" },
    { Handling__c: "Cold;Fragile" },
  ],
  [
    "a stray value of several is refused",
    { Handling__c: "Cold;Hot" },
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
  ],
  ["a global value set restricts", { State__c: "Gone" }, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"],
  ["an inactive value is none", { State__c: "Lost" }, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"],
  ["an automatic name cannot be written", { Name: "S-1" }, "INVALID_FIELD_FOR_INSERT_UPDATE"],
] as const) {
  test(`of custom fields: ${what}`, (t) => {
    const core = openShipments(t, writeShipmentProject(t));
    const id = String(only(core, "Shipment__c")["Id"]);
    const save = (): void => {
      core.update(operator, "Shipment__c", id, values);
    };
    if (typeof expected === "string") {
      assert.throws(save, { code: expected });
      return;
    }
    save();
    const record = core.get("Shipment__c", id);
    for (const [name, value] of Object.entries(expected)) assert.equal(record?.[name], value);
  });
}

test("a detail needs its master and keeps it", (t) => {
  const core = openShipments(t, writeShipmentProject(t));
  assert.throws(() => core.create(operator, "Parcel__c", { Name: "loose" }), {
    code: "REQUIRED_FIELD_MISSING",
  });
  const [, other] = core.all("Shipment__c");
  assert.throws(
    () => {
      core.update(operator, "Parcel__c", String(only(core, "Parcel__c")["Id"]), {
        Shipment__c: other?.["Id"] ?? null,
      });
    },
    { code: "INVALID_FIELD_FOR_INSERT_UPDATE" },
  );
});

for (const [what, file, text, code, message] of [
  [
    "a formula field",
    "objects/Shipment__c/fields/Sum__c.field-meta.xml",
    fieldXml("Sum__c", "Number", "<formula>1 + 1</formula><precision>18</precision><scale>2</scale>"),
    "unknown_element",
    /does not compute formula fields/,
  ],
  [
    "a global value set that is not there",
    "objects/Shipment__c/fields/Kind__c.field-meta.xml",
    fieldXml("Kind__c", "Picklist", "<valueSet><valueSetName>Kinds</valueSetName></valueSet>"),
    "unknown_reference",
    /no global value set Kinds/,
  ],
  [
    "an unknown element of an object",
    "objects/Depot__c/Depot__c.object-meta.xml",
    objectXml("Depot").replace("<label>Depot", "<listViews><fullName>All</fullName></listViews><label>Depot"),
    "unknown_element",
    /<listViews> is not understood/,
  ],
  [
    "a display format that numbers nothing",
    "objects/Depot__c/Depot__c.object-meta.xml",
    objectXml("Depot", "<displayFormat>D-{X}</displayFormat><label>No</label><type>AutoNumber</type>"),
    "bad_value",
    /one group of zeros/,
  ],
  [
    "a date that should be unique",
    "objects/Shipment__c/fields/Day__c.field-meta.xml",
    fieldXml("Day__c", "Date", "<unique>true</unique>"),
    "bad_value",
    /A field of this type cannot have <unique>true/,
  ],
  [
    "a time of day",
    "objects/Shipment__c/fields/At__c.field-meta.xml",
    fieldXml("At__c", "Time", ""),
    "bad_value",
    /<type> takes one of .*AutoNumber/,
  ],
] as const) {
  test(`refuses ${what}`, (t) => {
    const project = writeShipmentProject(t);
    project.write(file, text);
    assert.throws(() => openShipments(t, project), { name: "MetadataError", code, message });
  });
}

for (const [what, records, message] of [
  [
    "an alias that no record before has",
    [{ object: "Shipment__c", values: { Account__c: "@acme" } }],
    /Record 1 \(Shipment__c\) is refused: the field Account__c says @acme/,
  ],
  [
    "an alias that is taken",
    [
      { object: "Account", alias: "a", values: { Name: "A" } },
      { object: "Account", alias: "a", values: { Name: "B" } },
    ],
    /Record 2 \(Account\) is refused: the alias a is taken/,
  ],
  [
    "an alias for many records",
    [{ object: "Account", alias: "a", count: 2, values: { Name: "A" } }],
    /Record 1 \(Account\) stands for 2 records/,
  ],
  [
    "a field that is not there",
    [{ object: "Account", values: { Name: "A", Colour__c: "red" } }],
    /Record 1 \(Account\) is refused: INVALID_FIELD: .* \(field Colour__c\)/,
  ],
  [
    "an object that is not there",
    [{ object: "Case", values: {} }],
    /Record 1 \(Case\) is refused: INVALID_TYPE/,
  ],
  [
    "an id given twice",
    [
      { object: "Account", values: { Id: "001Hs0000000001IAA", Name: "A" } },
      { object: "Account", values: { Id: "001Hs0000000001IAA", Name: "B" } },
    ],
    /Record 2 \(Account\) is refused: DUPLICATE_VALUE/,
  ],
] as const) {
  test(`a seed is refused for ${what}, with file and record`, (t) => {
    const project = writeShipmentProject(t);
    writeFileSync(project.seedFile, JSON.stringify({ records }));
    assert.throws(() => openShipments(t, project), { code: "bad_seed", message });
    assert.throws(() => openShipments(t, project), { message: /seed\.json: / });
  });
}
