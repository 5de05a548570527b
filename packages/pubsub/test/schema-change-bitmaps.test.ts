import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAvroRecord } from "../src/schema/avro-schema.ts";
import { expandBitmaps } from "../src/schema/change-bitmaps.ts";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";

const list = { type: "array", items: "string" };
const header = {
  type: "record",
  name: "ChangeEventHeader",
  fields: [
    { name: "entityName", type: "string" },
    { name: "recordIds", type: list },
    {
      name: "changeType",
      type: { type: "enum", name: "ChangeType", symbols: ["CREATE", "UPDATE", "GAP_UPDATE"] },
    },
    { name: "commitTimestamp", type: "long" },
    { name: "nulledFields", type: list },
    { name: "diffFields", type: list },
    { name: "changedFields", type: list },
  ],
};
const personName = {
  type: "record",
  name: "PersonName",
  namespace: "com.sforce.eventbus",
  fields: ["FirstName", "LastName", "Suffix"].map((name) => ({
    name,
    type: ["null", "string"],
    default: null,
  })),
};
const address = {
  type: "record",
  name: "Address",
  fields: [
    { name: "Street", type: ["null", "string"] },
    {
      name: "Geo",
      type: ["null", { type: "record", name: "Geo", fields: [{ name: "Latitude", type: "double" }] }],
    },
  ],
};
/** Field 0 is the header, 4 the name of a person, 5 an address; 23 fields up to `F22`. */
const schemaJson = JSON.stringify({
  type: "record",
  name: "AccountChangeEvent",
  namespace: "com.sforce.eventbus",
  fields: [
    { name: "ChangeEventHeader", type: header },
    ...[1, 2, 3].map((index) => ({ name: `F${index}`, type: ["null", "string"], default: null })),
    { name: "Name", type: ["null", "string", personName], default: null },
    { name: "BillingAddress", type: address },
    ...Array.from({ length: 84 }, (_unused, index) => ({
      name: `F${index + 6}`,
      type: ["null", "string"],
      default: null,
    })),
  ],
});
const record = parseAvroRecord(schemaJson, "schema s");

for (const [bitmaps, expected] of [
  [
    ["0x400000", "4-0x01"],
    ["F22", "Name.FirstName"],
  ],
  [[], []],
  [["0x0"], []],
  [["0x1"], ["ChangeEventHeader"]],
  [["0x0000000000000005"], ["ChangeEventHeader", "F2"]],
  [["0x1C"], ["F2", "F3", "Name"]],
  [["0X1c"], ["F2", "F3", "Name"]],
  [["4-0x6"], ["Name.LastName", "Name.Suffix"]],
  [
    ["5-0x1", "5-1-0x1"],
    ["BillingAddress.Street", "BillingAddress.Geo.Latitude"],
  ],
  [["0x8000000000000000"], ["F63"]],
  [["0x20000010000000000000000"], ["F64", "F89"]],
] as const) {
  test(`expands ${JSON.stringify(bitmaps)} to the names of fields`, () => {
    assert.deepEqual(expandBitmaps(bitmaps, record), expected);
  });
}

for (const [bitmap, message] of [
  [
    "0x40000000000000000000000",
    "field 90 is named, but com.sforce.eventbus.AccountChangeEvent has 90 fields",
  ],
  ["4-0x8", "field 3 is named, but com.sforce.eventbus.PersonName has 3 fields"],
  ["900-0x1", "field 900 is named, but com.sforce.eventbus.AccountChangeEvent has 90 fields"],
  ["3-0x1", "3-0x1 points into F3, which holds no record"],
  ["5-0-0x1", "5-0-0x1 points into BillingAddress.Street, which holds no record"],
  ["Name", "an entry is no bitmap like 0x1f or 4-0x1f"],
  ["0x", "an entry is no bitmap like 0x1f or 4-0x1f"],
  ["-0x1", "an entry is no bitmap like 0x1f or 4-0x1f"],
  ["", "an entry is no bitmap like 0x1f or 4-0x1f"],
] as const) {
  test(`refuses ${JSON.stringify(bitmap)} as a bitmap`, () => {
    assert.throws(() => expandBitmaps([bitmap], record), { message });
  });
}

const head = {
  entityName: "Account",
  recordIds: ["001000000000001AAA"],
  changeType: "UPDATE",
  commitTimestamp: 1_700_000_000_000,
  nulledFields: ["0x8"],
  diffFields: [],
  changedFields: ["0x0a", "4-0x1"],
};
const body = { Name: { FirstName: "Ada" }, BillingAddress: { Street: "Main Street" } };

test("reads a change event with the names of its fields in place of bitmaps", () => {
  const codec = createPayloadCodec("s", schemaJson);
  const event = codec.decode(codec.encode({ ChangeEventHeader: head, ...body }));
  assert.deepEqual(event["ChangeEventHeader"], {
    ...head,
    nulledFields: ["F3"],
    changedFields: ["F1", "F3", "Name.FirstName"],
  });
  assert.deepEqual(event["Name"], { FirstName: "Ada", LastName: null, Suffix: null });
});

test("reads a gap event, which has no fields", () => {
  const codec = createPayloadCodec("s", schemaJson);
  const gap = { ...head, changeType: "GAP_UPDATE", nulledFields: [], changedFields: [] };
  const event = codec.decode(codec.encode({ ChangeEventHeader: gap, BillingAddress: {} }));
  assert.deepEqual(event["ChangeEventHeader"], gap);
  assert.equal(event["F1"], null);
});

test("an event whose bitmap names a field beyond its schema is undecodable", () => {
  const codec = createPayloadCodec("s", schemaJson);
  const payload = codec.encode({ ChangeEventHeader: { ...head, diffFields: ["4-0x8"] }, ...body });
  assert.throws(() => codec.decode(payload), {
    code: "payload_undecodable",
    message:
      `[payload_undecodable] schema s: ${payload.length} bytes do not fit the schema: ChangeEventHeader.diffFields: ` +
      "field 3 is named, but com.sforce.eventbus.PersonName has 3 fields.",
  });
});

test("leaves lists of those names alone where they are not in the header of a change event", () => {
  const fields = [
    { name: "Other", type: "string" },
    { name: "ChangeEventHeader", type: header },
  ];
  const codec = createPayloadCodec("s", JSON.stringify({ type: "record", name: "E", fields }));
  const event = { Other: "a", ChangeEventHeader: head };
  assert.deepEqual(codec.decode(codec.encode(event)), event);
  const plain = [{ name: "ChangeEventHeader", type: "string" }];
  const text = createPayloadCodec("s", JSON.stringify({ type: "record", name: "E", fields: plain }));
  assert.deepEqual(text.decode(text.encode({ ChangeEventHeader: "a" })), { ChangeEventHeader: "a" });
});
