import assert from "node:assert/strict";
import { test } from "node:test";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";
import { payload, record, schemaId, schemaJson, schemaOf } from "./stage.ts";

function codecOf(fields: readonly unknown[]) {
  return createPayloadCodec("s", JSON.stringify({ type: "record", name: "E", fields }));
}

test("writes and reads the bytes that a real org publishes", () => {
  const codec = createPayloadCodec(schemaId, schemaJson);
  assert.deepEqual(codec.decode(payload), record);
  assert.deepEqual(codec.encode(record), payload);
});

test("writes null for a nullable field that is left out", () => {
  const codec = createPayloadCodec(schemaId, schemaJson);
  const { Message__c: _left, ...rest } = record;
  assert.deepEqual(codec.decode(codec.encode(rest)), { ...rest, Message__c: null });
});

test("reads a long beyond 2^53 as a bigint, exactly", () => {
  const codec = createPayloadCodec("s", schemaOf("E__e", [{ name: "N__c", type: "long" }]));
  for (const value of [9_007_199_254_740_993n, -9_223_372_036_854_775_808n]) {
    const written = codec.encode({ ...record, N__c: value });
    assert.equal(codec.decode(written)["N__c"], value);
  }
  assert.equal(codec.decode(codec.encode({ ...record, N__c: -5 }))["N__c"], -5);
});

test("unwraps unions whose branches share a JavaScript type, at every depth", () => {
  const codec = codecOf([
    { name: "amount", type: ["null", "int", "double"] },
    {
      name: "inner",
      type: [
        "null",
        { type: "record", name: "Inner", fields: [{ name: "n", type: ["null", "int", "double"] }] },
      ],
    },
    { name: "list", type: { type: "array", items: ["null", "float", "double"] } },
    { name: "byName", type: { type: "map", values: ["null", "float", "double"] } },
  ]);
  const written = codec.encode({
    amount: { double: 1.5 },
    inner: { n: { int: 7 } },
    list: [{ double: 2.5 }, null],
    byName: { a: { double: 3.5 } },
  });
  assert.deepEqual(codec.decode(written), {
    amount: 1.5,
    inner: { n: 7 },
    list: [2.5, null],
    byName: { a: 3.5 },
  });
});

test("leaves a record with one field alone, which only looks like a wrapped union", () => {
  const name = { type: "record", name: "Name", fields: [{ name: "string", type: "string" }] };
  const codec = codecOf([{ name: "who", type: ["null", "string", name] }]);
  const plain = JSON.stringify(codec.decode(codec.encode({ who: { string: "Ada" } })));
  assert.equal(plain, '{"who":{"string":"Ada"}}');
  assert.deepEqual(codec.decode(codec.encode({ who: "Ada" })), { who: "Ada" });
});

test("refuses bytes that are too few or too many", () => {
  const codec = createPayloadCodec(schemaId, schemaJson);
  const error = { code: "payload_undecodable", retryable: false };
  assert.throws(() => codec.decode(payload.subarray(0, 5)), error);
  assert.throws(() => codec.decode(Buffer.concat([payload, Buffer.from([0])])), error);
  assert.throws(() => codec.decode(Buffer.alloc(0)), error);
});

test("names the fields of a record that does not fit", () => {
  const codec = createPayloadCodec(schemaId, schemaJson);
  assert.throws(() => codec.encode({ CreatedDate: "yesterday", CreatedById: "005" }), {
    code: "payload_invalid",
    message:
      "[payload_invalid] schema 6L0yfG1TjHj3IeYaje5uZQ: the record does not fit: CreatedDate missing or of another type.",
  });
});

for (const [name, text] of [
  ["is no JSON", "<html>"],
  ["is no Avro", '{"type":"recrod"}'],
  ["is no record", '"string"'],
] as const) {
  test(`refuses a schema that ${name}`, () => {
    assert.throws(() => createPayloadCodec("s", text), { code: "schema_unusable", retryable: false });
  });
}
