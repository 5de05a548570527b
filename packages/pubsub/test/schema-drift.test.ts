import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSchema } from "../src/schema/describe-schema.ts";
import { DriftGuard } from "../src/schema/drift-guard.ts";
import { compareSchemas } from "../src/schema/schema-drift.ts";

type Field = { readonly name: string; readonly type: unknown; readonly doc?: string };

function schemaOf(
  fields: readonly Field[],
  name = "Order_Event__e",
  namespace = "com.sforce.eventbus",
): string {
  return JSON.stringify({ type: "record", name, namespace, fields });
}

/** How one field of type `from` drifts when it becomes `to`. */
function drift(from: unknown, to: unknown, docs: readonly (string | undefined)[] = []) {
  const field = (type: unknown, doc?: string) => ({
    name: "F__c",
    type,
    ...(doc === undefined ? {} : { doc }),
  });
  return compareSchemas(
    { schemaId: "old", schemaJson: schemaOf([field(from, docs[0])]) },
    { schemaId: "new", schemaJson: schemaOf([field(to, docs[1])]) },
  );
}

const base: readonly Field[] = [
  { name: "CreatedDate", type: "long", doc: "CreatedDate:DateTime" },
  { name: "CreatedById", type: "string" },
  { name: "Amount__c", type: ["null", "double"], doc: "Data:Double:00N" },
];

test("finds no drift where labels, docs, defaults and order differ", () => {
  const other = base.toReversed().map(({ name, type }) => ({ name, type, default: null }));
  const current = { schemaId: "new", schemaJson: schemaOf(other) };
  assert.equal(compareSchemas({ schemaId: null, schemaJson: schemaOf(base) }, current), null);
});

test("tells each field that was added, removed and retyped", () => {
  const after = [
    { name: "CreatedDate", type: "long" },
    { name: "Amount__c", type: ["null", "string"] },
    { name: "City__c", type: ["null", "string"] },
    { name: "Count__c", type: "int" },
  ];
  const found = compareSchemas(
    { schemaId: "old", schemaJson: schemaOf(base) },
    { schemaId: "new", schemaJson: schemaOf(after) },
  );
  assert.deepEqual(found, {
    severity: "breaking",
    record: "com.sforce.eventbus.Order_Event__e",
    schemaId: "new",
    baselineSchemaId: "old",
    changes: [
      { kind: "removed", field: "CreatedById", type: "string" },
      { kind: "retyped", field: "Amount__c", from: "double | null", to: "string | null" },
      { kind: "added", field: "City__c", type: "string | null", nullable: true },
      { kind: "added", field: "Count__c", type: "int", nullable: false },
    ],
  });
});

for (const [name, fields, severity] of [
  [
    "a new field that may be null is additive",
    [...base, { name: "City__c", type: ["null", "string"] }],
    "additive",
  ],
  ["a new field that is never null is breaking", [...base, { name: "City__c", type: "string" }], "breaking"],
  ["a field that is gone is breaking", base.slice(0, 2), "breaking"],
  [
    "a renamed field is one gone and one added, and breaking",
    [...base.slice(0, 2), { name: "Total__c", type: ["null", "double"] }],
    "breaking",
  ],
] as const) {
  test(name, () => {
    const baseline = { schemaId: null, schemaJson: schemaOf(base) };
    assert.equal(
      compareSchemas(baseline, { schemaId: "n", schemaJson: schemaOf(fields) })?.severity,
      severity,
    );
  });
}

const enumOf = (...symbols: readonly string[]) => ({ type: "enum", name: "N", symbols });
const arrayOf = (items: unknown) => ({ type: "array", items });
const mapOf = (values: unknown) => ({ type: "map", values });
const recordOf = (name: string, ...fields: readonly Field[]) => ({ type: "record", name, fields });

for (const [from, to, severity] of [
  ["int", "int", null],
  ["int", "double", "additive"],
  ["double", "int", "additive"],
  ["float", "double", "additive"],
  ["int", "long", "breaking"],
  ["double", "long", "breaking"],
  ["long", "int", "additive"],
  ["long", "double", "additive"],
  ["string", "double", "breaking"],
  ["boolean", "string", "breaking"],
  ["bytes", { type: "fixed", name: "X", size: 2 }, null],
  [["null", "int"], ["null", "double"], "additive"],
  [["null", "int"], ["int", "null"], null],
  [["null", "int"], "int", "additive"],
  ["int", ["null", "int"], "breaking"],
  [["null", "string"], ["null", "string", "int"], "breaking"],
  [["null", "string", "int"], ["null", "string"], "additive"],
  ["string", enumOf("A"), "additive"],
  [enumOf("A"), "string", "breaking"],
  [enumOf("A", "B"), enumOf("A"), "additive"],
  [enumOf("A"), enumOf("A", "B"), "breaking"],
  [enumOf("A", "B"), enumOf("B", "A"), null],
  [arrayOf("int"), arrayOf("double"), "additive"],
  [arrayOf("int"), arrayOf(["null", "int"]), "breaking"],
  [mapOf("int"), mapOf("string"), "breaking"],
  [arrayOf("int"), mapOf("int"), "breaking"],
  [recordOf("A"), recordOf("B"), null],
  ["string", recordOf("A"), "breaking"],
] as const) {
  test(`${JSON.stringify(from)} that becomes ${JSON.stringify(to)} is ${severity ?? "no drift"}`, () => {
    assert.equal(drift(from, to)?.severity ?? null, severity);
  });
}

test("a DateTime that becomes a DateOnly is breaking, unless one of the schemas does not tell", () => {
  const long = ["null", "long"];
  const found = drift(long, long, ["Data:DateTime:00N", "Data:DateOnly:00N"]);
  assert.deepEqual(found?.changes, [
    { kind: "retyped", field: "F__c", from: "dateTime | null", to: "date | null" },
  ]);
  assert.equal(found.severity, "breaking");
  assert.equal(drift(long, long, [undefined, "Data:DateOnly:00N"]), null);
  assert.equal(drift(long, long, ["Data:DateTime:00N", undefined]), null);
});

test("compares nested records field by field, through unions, arrays and maps", () => {
  const name = (...fields: readonly Field[]) => ["null", "string", recordOf("PersonName", ...fields)];
  const first = { name: "FirstName", type: ["null", "string"] };
  const last = { name: "LastName", type: ["null", "string"] };
  assert.deepEqual(drift(name(first), name(first, last))?.changes, [
    { kind: "added", field: "F__c.LastName", type: "string | null", nullable: true },
  ]);
  assert.deepEqual(drift(arrayOf(recordOf("L", first)), arrayOf(recordOf("L", last)))?.changes, [
    { kind: "removed", field: "F__c[].FirstName", type: "string | null" },
    { kind: "added", field: "F__c[].LastName", type: "string | null", nullable: true },
  ]);
  assert.equal(drift(mapOf(recordOf("L", first)), mapOf(recordOf("L", first, last)))?.severity, "additive");
});

test("ends with a record that holds itself", () => {
  const own = (...fields: readonly Field[]) =>
    recordOf("Own", { name: "next", type: ["null", "Own"] }, ...fields);
  assert.equal(drift(own(), own()), null);
  assert.equal(drift(own(), own({ name: "x", type: "int" }))?.severity, "breaking");
});

test("compares nothing with what is no schema", () => {
  const good = schemaOf(base);
  assert.throws(
    () => compareSchemas({ schemaId: null, schemaJson: "{}" }, { schemaId: "n", schemaJson: good }),
    {
      message: "[schema_unusable] schema given as text: cannot be used: undefined is no type.",
    },
  );
  assert.throws(
    () => compareSchemas({ schemaId: "o", schemaJson: good }, { schemaId: "n", schemaJson: "[" }),
    {
      code: "schema_unusable",
    },
  );
});

test("describes what a reader meets", () => {
  const fields = [
    ...base,
    {
      name: "Name",
      type: ["null", "string", recordOf("PersonName", { name: "First", type: ["null", "string"] })],
    },
    { name: "Tags", type: arrayOf(["null", "long"]) },
    { name: "Kind", type: enumOf("A", "B") },
  ];
  const string = { kind: "string" };
  const first = { name: "First", options: [string], nullable: true };
  const personName = { name: "com.sforce.eventbus.PersonName", fields: [first] };
  assert.deepEqual(describeSchema(schemaOf(fields)), {
    name: "com.sforce.eventbus.Order_Event__e",
    fields: [
      { name: "CreatedDate", options: [{ kind: "dateTime" }], nullable: false },
      { name: "CreatedById", options: [string], nullable: false },
      { name: "Amount__c", options: [{ kind: "number", avro: "double" }], nullable: true },
      { name: "Name", options: [string, { kind: "record", record: personName }], nullable: true },
      {
        name: "Tags",
        options: [{ kind: "array", items: { options: [{ kind: "long" }], nullable: true } }],
        nullable: false,
      },
      { name: "Kind", options: [{ kind: "enum", symbols: ["A", "B"] }], nullable: false },
    ],
  });
});

const changed = schemaOf([...base, { name: "City__c", type: ["null", "string"] }]);
const cut = schemaOf(base.slice(0, 2));

test("compares with the first schema of each record when none is expected, and tells each id once", () => {
  const guard = new DriftGuard();
  assert.equal(guard.see({ schemaId: "a", schemaJson: schemaOf(base) }), null);
  assert.equal(guard.see({ schemaId: "other", schemaJson: schemaOf([], "Other__e") }), null);
  const found = guard.see({ schemaId: "b", schemaJson: changed });
  assert.equal(found?.severity, "additive");
  assert.equal(found.baselineSchemaId, "a");
  assert.equal(guard.see({ schemaId: "b", schemaJson: changed }), null);
  assert.equal(guard.see({ schemaId: "c", schemaJson: cut })?.baselineSchemaId, "a");
  assert.equal(guard.see({ schemaId: "a", schemaJson: schemaOf(base) }), null);
});

test("compares with the schema that is expected, with or without its namespace", () => {
  for (const namespace of ["com.sforce.eventbus", ""]) {
    const guard = new DriftGuard([schemaOf(base, "Order_Event__e", namespace)]);
    assert.equal(guard.see({ schemaId: "a", schemaJson: schemaOf(base) }), null);
    const found = guard.see({ schemaId: "b", schemaJson: cut });
    assert.equal(found?.severity, "breaking");
    assert.equal(found.baselineSchemaId, null);
    assert.equal(found.record, "com.sforce.eventbus.Order_Event__e");
  }
});

test("says nothing of a schema that cannot be used", () => {
  assert.equal(new DriftGuard().see({ schemaId: "a", schemaJson: "<html>" }), null);
});

test("refuses an expectation that is no schema, and two of one record", () => {
  assert.throws(() => new DriftGuard(["[]"]), {
    code: "config_invalid",
    message:
      "[config_invalid] expected schema: cannot be used: a union has no branches. Give the JSON text of an Avro record.",
  });
  assert.throws(() => new DriftGuard([schemaOf(base), cut]), {
    message:
      "[config_invalid] expected schema: two schemas of com.sforce.eventbus.Order_Event__e are expected. Give one.",
  });
});
