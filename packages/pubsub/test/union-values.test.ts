import assert from "node:assert/strict";
import { test } from "node:test";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";

function codecOf(fields: readonly unknown[]) {
  return createPayloadCodec("s", JSON.stringify({ type: "record", name: "E", fields }));
}

const inner = { type: "record", name: "Inner", fields: [{ name: "n", type: ["null", "int", "double"] }] };
const personName = {
  type: "record",
  name: "PersonName",
  namespace: "com.sforce.eventbus",
  fields: [
    { name: "Salutation", type: ["null", "string"], default: null },
    { name: "FirstName", type: ["null", "string"], default: null },
    { name: "LastName", type: ["null", "string"], default: null },
  ],
};

test("gives the plain value of a union whose branches share a JavaScript type, at every depth", () => {
  const codec = codecOf([
    { name: "amount", type: ["null", "int", "double"] },
    { name: "inner", type: ["null", inner] },
    { name: "list", type: { type: "array", items: ["null", "float", "double"] } },
    { name: "byName", type: { type: "map", values: ["null", "float", "double"] } },
    { name: "records", type: { type: "array", items: "Inner" } },
  ]);
  const written = codec.encode({
    amount: { double: 1.5 },
    inner: { n: { int: 7 } },
    list: [{ double: 2.5 }, null],
    byName: { a: { double: 3.5 } },
    records: [{ n: 1 }, { n: null }],
  });
  const expected = {
    amount: 1.5,
    inner: { n: 7 },
    list: [2.5, null],
    byName: { a: 3.5 },
    records: [{ n: 1 }, { n: null }],
  };
  assert.deepEqual(codec.decode(written), expected);
  assert.deepEqual(codec.decode(codec.encode(expected)), expected);
});

test("reads the name of a person, which is null, a string or a record", () => {
  const codec = codecOf([{ name: "Name", type: ["null", "string", personName], default: null }]);
  const ada = { Salutation: null, FirstName: "Ada", LastName: "Lovelace" };
  for (const Name of [null, "Acme", ada]) assert.deepEqual(codec.decode(codec.encode({ Name })), { Name });
  // Branch 2: null, "Ada", "Lovelace".
  const bytes = Buffer.from("040002064164610210" + Buffer.from("Lovelace").toString("hex"), "hex");
  assert.deepEqual(codec.decode(bytes), { Name: ada });
  const named = { "com.sforce.eventbus.PersonName": { FirstName: "Ada", LastName: "Lovelace" } };
  assert.deepEqual(codec.encode({ Name: named }), bytes);
});

test("leaves a record with one field alone, which only looks like a named branch", () => {
  const name = { type: "record", name: "Name", fields: [{ name: "string", type: "string" }] };
  const codec = codecOf([{ name: "who", type: ["null", "string", name] }]);
  assert.deepEqual(codec.decode(codec.encode({ who: { string: "Ada" } })), { who: { string: "Ada" } });
  assert.deepEqual(codec.decode(codec.encode({ who: "Ada" })), { who: "Ada" });
  assert.deepEqual(codec.decode(codec.encode({ who: { Name: { string: "Ada" } } })), {
    who: { string: "Ada" },
  });
});

test("writes a record with one field named like its own type", () => {
  const own = { type: "record", name: "Own", fields: [{ name: "Own", type: "string" }] };
  const codec = codecOf([{ name: "f", type: ["null", own] }]);
  assert.deepEqual(codec.decode(codec.encode({ f: { Own: "a" } })), { f: { Own: "a" } });
  assert.deepEqual(codec.decode(codec.encode({ f: { Own: { Own: "a" } } })), { f: { Own: "a" } });
});

test("takes null wherever it stands in the union", () => {
  const codec = codecOf([{ name: "f", type: ["string", "null"] }]);
  assert.deepEqual(codec.encode({ f: null }), Buffer.from([2]));
  assert.deepEqual(codec.decode(Buffer.from([2])), { f: null });
  assert.deepEqual(codec.decode(codec.encode({ f: "a" })), { f: "a" });
});

test("reads an index that is longer than it needs to be", () => {
  const codec = codecOf([{ name: "f", type: ["null", "boolean"] }]);
  assert.deepEqual(codec.decode(Buffer.from([0x82, 0x00, 1])), { f: true });
  assert.deepEqual(codec.decode(Buffer.from([0x80, 0x00])), { f: null });
});

test("gives a map's keys as its own, whatever they are called", () => {
  const codec = codecOf([{ name: "f", type: { type: "map", values: "string" } }]);
  const given = JSON.parse('{"__proto__":"a","constructor":"b"}') as Readonly<Record<string, unknown>>;
  const decoded = codec.decode(codec.encode({ f: given }))["f"] as object;
  assert.deepEqual(Object.entries(decoded), [
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
});
