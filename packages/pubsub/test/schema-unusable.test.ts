import assert from "node:assert/strict";
import { test } from "node:test";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";

function withField(type: unknown, name: unknown = "f"): string {
  return JSON.stringify({ type: "record", name: "E", fields: [{ name, type }] });
}

function nested(depth: number): unknown {
  return depth === 0 ? "string" : { type: "array", items: nested(depth - 1) };
}

/** Each record holds the one before twice, by its definition and by its name: 2^levels of the innermost. */
function doubling(levels: number): unknown {
  let type: unknown = { type: "record", name: "L0", fields: [] };
  for (let level = 1; level <= levels; level += 1) {
    const fields = [
      { name: "a", type },
      { name: "b", type: `L${level - 1}` },
    ];
    type = { type: "record", name: `L${level}`, fields };
  }
  return type;
}

for (const [name, text, problem] of [
  ["is no Avro", '{"type":"recrod"}', '"recrod" is no type'],
  ["is no record", '"string"', "expected a record, got string"],
  ["is an empty object", "{}", "undefined is no type"],
  ["is null", "null", "null is no type"],
  ["has no name", '{"type":"record","fields":[]}', "undefined is no name of a type"],
  ["has code for a name", '{"type":"record","name":"E(){}","fields":[]}', '"E(){}" is no name of a type'],
  [
    "is named like a type of Avro",
    '{"type":"record","name":"long","fields":[]}',
    '"long" is no name of a type',
  ],
  ["has no fields", '{"type":"record","name":"E"}', "the record E has no fields"],
  [
    "has null for a field",
    '{"type":"record","name":"E","fields":[null]}',
    "the record E has a field named undefined",
  ],
  [
    "has code for the name of a field",
    withField("int", 'a":1,"b'),
    'the record E has a field named "a\\":1,\\"b"',
  ],
  [
    "has a field named like the prototype",
    withField("int", "__proto__"),
    'the record E has a field named "__proto__"',
  ],
  [
    "has a field twice",
    '{"type":"record","name":"E","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
    "the record E has two fields a",
  ],
  ["names a type that is not there", withField("Other"), '"Other" is no type'],
  ["names what every object has as a type", withField("constructor"), '"constructor" is no type'],
  ["defines a type by what every object has", withField({ type: "toString" }), '"toString" is no type'],
  ["defines a type twice", withField({ type: "fixed", name: "E", size: 1 }), "it defines E twice"],
  ["has an empty union", withField([]), "a union has no branches"],
  ["has a union in a union", withField(["null", ["int"]]), "a union holds a union"],
  ["has a union with a branch twice", withField(["int", "int"]), "a union has the same branch twice"],
  [
    "has an enum without symbols",
    withField({ type: "enum", name: "N", symbols: [] }),
    "an enum has no symbols",
  ],
  ["has a fixed without a size", withField({ type: "fixed", name: "N", size: -1 }), "a fixed has no size"],
  ["has an array of nothing", withField({ type: "array" }), "undefined is no type"],
  ["doubles at every level", withField(doubling(30)), "it unfolds to more than 20000 fields"],
  ["nests too deeply", withField(nested(64)), "it nests deeper than 64 types"],
] as const) {
  test(`refuses a schema that ${name}`, () => {
    assert.throws(() => createPayloadCodec("s", text), {
      code: "schema_unusable",
      retryable: false,
      message: `[schema_unusable] schema s: cannot be used: ${problem}.`,
    });
  });
}

test("refuses a schema that is no JSON, or far too deep for a parser", () => {
  const texts = [
    "<html>",
    "",
    "{",
    `${'{"type":'.repeat(200_000)}1${"}".repeat(200_000)}`,
    "[".repeat(200_000),
  ];
  for (const text of texts) {
    assert.throws(() => createPayloadCodec("s", text), { code: "schema_unusable" });
  }
});

test("takes what Avro allows: namespaces, type objects, attributes it does not know", () => {
  const json = JSON.stringify({
    type: "record",
    name: "E",
    namespace: "a.b",
    aliases: ["Old"],
    fields: [
      { name: "text", type: { type: "string", "avro.java.string": "String" }, order: "ignore" },
      { name: "kind", type: { type: "enum", name: "Kind", symbols: ["A", "B"] } },
      { name: "again", type: "Kind" },
      { name: "inFull", type: { type: "a.b.Kind" } },
      {
        name: "other",
        type: { type: "record", name: "c.Other", fields: [{ name: "own", type: ["null", "Other"] }] },
      },
      { name: "raw", type: { type: "fixed", name: "Raw", namespace: "d", size: 2 } },
    ],
  });
  const codec = createPayloadCodec("s", json);
  const event = {
    text: "a",
    kind: "A",
    again: "B",
    inFull: "A",
    other: { own: { own: null } },
    raw: Buffer.from([1, 2]),
  };
  assert.deepEqual(codec.decode(codec.encode(event)), event);
});
