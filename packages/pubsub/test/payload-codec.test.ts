import assert from "node:assert/strict";
import { test } from "node:test";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";
import type { DecodeOptions } from "../src/schema/payload-reader.ts";
import { payload, record, schemaId, schemaJson } from "./stage.ts";

function codecOf(fields: readonly unknown[], options?: DecodeOptions) {
  return createPayloadCodec("s", JSON.stringify({ type: "record", name: "E", fields }), options);
}

function invalid(problems: string) {
  return {
    code: "payload_invalid",
    message: `[payload_invalid] schema s: the record does not fit: ${problems}.`,
  };
}

function undecodable(detail: string) {
  return { code: "payload_undecodable", message: `[payload_undecodable] schema s: ${detail}.` };
}

const dates = [
  { name: "At", type: "long", doc: "CreatedDate:DateTime" },
  { name: "Until__c", type: ["null", "long"], doc: "Data:DateTime:00NHs00000abcdeMAA", default: null },
  { name: "Day__c", type: ["null", "long"], doc: "Data:DateOnly:00NHs00000abcdfMAA", default: null },
  { name: "Clock__c", type: ["null", "long"], doc: "Data:TimeOnly", default: null },
  { name: "Number__c", type: ["null", "long"], default: null },
];
const atMs = Date.parse("2026-11-24T10:00:00Z");
const dayMs = Date.parse("2026-11-24T00:00:00Z");
const inNumbers = { At: atMs, Until__c: -1, Day__c: dayMs, Clock__c: 36_000_000, Number__c: 7 };
const datesPayload = codecOf(dates).encode(inNumbers);

test("writes and reads the bytes that a real org publishes", () => {
  const codec = createPayloadCodec(schemaId, schemaJson);
  assert.deepEqual(codec.decode(payload), record);
  assert.deepEqual(codec.encode(record), payload);
});

test("gives plain objects, at every depth", () => {
  const inner = { type: "record", name: "Inner", fields: [{ name: "constructor", type: "string" }] };
  const codec = codecOf([
    { name: "toString", type: "string" },
    { name: "inner", type: ["null", inner] },
  ]);
  const given = { toString: "a", inner: { constructor: "b" } };
  const decoded = codec.decode(codec.encode(given));
  assert.deepEqual(decoded, given);
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
  assert.equal(Object.getPrototypeOf(decoded["inner"]), Object.prototype);
  assert.deepEqual(structuredClone(decoded), given);
});

test("reads a long as a number up to 2^53 and as a bigint beyond, exactly", () => {
  const codec = codecOf([{ name: "n", type: "long" }]);
  const small = [0, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, Number.MAX_SAFE_INTEGER];
  for (const n of [...small, Number.MIN_SAFE_INTEGER])
    assert.deepEqual(codec.decode(codec.encode({ n })), { n });
  const wide = [
    2n ** 53n,
    -(2n ** 53n),
    9_007_199_254_740_993n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 55n + 1n,
  ];
  for (const n of wide) assert.deepEqual(codec.decode(codec.encode({ n })), { n });
  assert.deepEqual(codec.decode(codec.encode({ n: 5n })), { n: 5 });
});

test("reads a long beyond 2^53 as a decimal string when asked to, and writes it again", () => {
  const codec = codecOf([{ name: "n", type: ["null", "long"] }], { longs: "string" });
  const decoded = codec.decode(codec.encode({ n: -9_007_199_254_740_993n }));
  assert.equal(JSON.stringify(decoded), '{"n":"-9007199254740993"}');
  assert.deepEqual(codec.decode(codec.encode(decoded)), decoded);
  assert.deepEqual(codec.decode(codec.encode({ n: 5 })), { n: 5 });
});

for (const [form, expected] of [
  ["number", inNumbers],
  [
    "iso",
    {
      ...inNumbers,
      At: "2026-11-24T10:00:00.000Z",
      Until__c: "1969-12-31T23:59:59.999Z",
      Day__c: "2026-11-24",
    },
  ],
  ["date", { ...inNumbers, At: new Date(atMs), Until__c: new Date(-1), Day__c: new Date(dayMs) }],
] as const) {
  test(`gives what Salesforce marks as a date as ${form}, and takes it back`, () => {
    const codec = codecOf(dates, { dates: form });
    assert.deepEqual(codec.decode(datesPayload), expected);
    assert.deepEqual(codec.encode(expected), datesPayload);
    const nulls = { At: expected.At, Until__c: null, Day__c: null, Clock__c: null, Number__c: null };
    assert.deepEqual(codec.decode(codec.encode({ At: expected.At })), nulls);
  });
}

test("writes a Date and ISO text for a date whatever the form that is read", () => {
  const codec = codecOf(dates);
  const day = new Date(dayMs);
  assert.deepEqual(codec.encode({ ...inNumbers, At: new Date(atMs), Day__c: day }), datesPayload);
  assert.deepEqual(codec.encode({ ...inNumbers, At: "2026-11-24T11:00+01:00" }), datesPayload);
});

test("refuses a date that it would have to guess or cut", () => {
  const codec = codecOf(dates);
  for (const [change, problem] of [
    [{ At: "2026-11-24T10:00:00" }, "At is no time like 2026-11-24T10:00:00Z"],
    [{ At: "2026-02-31T10:00:00Z" }, "At is no time like 2026-11-24T10:00:00Z"],
    [{ At: new Date(Number.NaN) }, "At is an invalid Date"],
    [{ Day__c: "24.11.2026" }, "Day__c is no day like 2026-11-24"],
    [{ Day__c: "2026-02-31" }, "Day__c is no day like 2026-11-24"],
    [{ Day__c: new Date(atMs) }, "Day__c is a day, but was given with a time in UTC"],
    [{ Number__c: new Date(atMs) }, "Number__c must be an integer of 64 bits, but is a Date"],
  ] as const) {
    assert.throws(() => codec.encode({ ...inNumbers, ...change }), invalid(problem));
  }
});

test("names a date that no Date can hold, and gives it as a number all the same", () => {
  const written = codecOf(dates).encode({ ...inNumbers, Until__c: 8_640_000_000_000_001n });
  assert.equal(codecOf(dates).decode(written)["Until__c"], 8_640_000_000_000_001);
  const expected = undecodable(
    `${written.length} bytes do not fit the schema: Until__c: a date is beyond what a Date can hold`,
  );
  assert.throws(() => codecOf(dates, { dates: "iso" }).decode(written), expected);
  assert.throws(() => codecOf(dates, { dates: "date" }).decode(written), expected);
});

test("writes the default or null for a field that is left out", () => {
  const codec = codecOf([
    { name: "text", type: ["null", "string"], default: null },
    { name: "plain", type: ["string", "null"] },
    { name: "flag", type: "boolean", default: true },
  ]);
  const expected = { text: null, plain: null, flag: true };
  assert.deepEqual(codec.decode(codec.encode({})), expected);
  assert.deepEqual(codec.decode(codec.encode({ text: undefined, flag: undefined })), expected);
});

test("names every field that is wrong, missing or unknown, and what was meant", () => {
  const inner = { type: "record", name: "Inner", fields: [{ name: "City", type: ["null", "string"] }] };
  const codec = codecOf([
    { name: "CreatedDate", type: "long" },
    { name: "CreatedById", type: "string" },
    { name: "Order_Number__c", type: ["null", "string"] },
    { name: "Amount__c", type: ["null", "double"] },
    { name: "Count__c", type: ["null", "int"] },
    { name: "Address", type: ["null", inner] },
    { name: "Tags", type: { type: "array", items: "string" } },
  ]);
  assert.throws(
    () =>
      codec.encode({
        CreatedDate: 1.5,
        Order_Number_c: "O-1",
        Amount__c: "12",
        Count__c: 2 ** 31,
        Address: { city: 7 },
        Tags: ["a", 1, null],
        Whatever: 1,
      }),
    invalid(
      [
        "CreatedDate must be an integer of 64 bits, but is a number that is no integer",
        "CreatedById is missing and cannot be null",
        "Amount__c must be a number, but is a string",
        "Count__c must be an integer of 32 bits, but is a number",
        "Address.city is no field of Inner (did you mean City?)",
        "Tags[1] must be a string, but is a number",
        "Tags[2] must be a string, but is null",
        "Order_Number_c is no field of E (did you mean Order_Number__c?)",
        "Whatever is no field of E",
      ].join("; "),
    ),
  );
});

for (const [type, value, problem] of [
  ["string", null, "must be a string, but is null"],
  ["boolean", 1, "must be a boolean, but is a number"],
  ["double", 1n, "must be a number, but is a bigint"],
  ["int", 1.5, "must be an integer of 32 bits, but is a number that is no integer"],
  ["long", 2 ** 53, "must be an integer of 64 bits, but is a number beyond 2^53"],
  ["long", 2n ** 63n, "must be an integer of 64 bits, but has more"],
  ["long", "9999999999999999999", "must be an integer of 64 bits, but has more"],
  ["bytes", "00", "must be a Buffer, but is a string"],
  [{ type: "fixed", name: "F", size: 2 }, Buffer.alloc(3), "must be 2 bytes, but is 3"],
  [{ type: "enum", name: "N", symbols: ["A", "B"] }, "C", "must be one of A, B, but is a string"],
  [{ type: "array", items: "string" }, "a", "must be an array, but is a string"],
  [{ type: "map", values: "string" }, [], "must be an object, but is an array"],
  [{ type: "record", name: "R", fields: [] }, new Date(0), "must be a record, but is a Date"],
  [["null", "int", "string"], true, "must be int or string, but is a boolean"],
] as const) {
  test(`does not write ${String(value)} as ${JSON.stringify(type)}`, () => {
    const codec = codecOf([{ name: "f", type }]);
    assert.throws(() => codec.encode({ f: value }), invalid(`f ${problem}`));
  });
}

test("takes only what the record itself holds for a field", () => {
  const codec = codecOf([{ name: "constructor", type: "string" }]);
  assert.throws(() => codec.encode({}), invalid("constructor is missing and cannot be null"));
  assert.throws(() => codec.encode([] as never), invalid("it must be a record, but is an array"));
});

test("does not write a record that holds itself", () => {
  const codec = createPayloadCodec(
    "s",
    '{"type":"record","name":"E","fields":[{"name":"next","type":["null","E"]}]}',
  );
  assert.deepEqual(codec.decode(codec.encode({ next: { next: {} } })), { next: { next: { next: null } } });
  const endless: { next?: unknown } = {};
  endless.next = endless;
  assert.throws(() => codec.encode(endless), { code: "payload_invalid" });
});

test("refuses bytes that are too few or too many, and says where", () => {
  const codec = createPayloadCodec("s", schemaJson);
  for (const [bytes, detail] of [
    [Buffer.alloc(0), "0 bytes do not fit the schema: CreatedDate: the bytes end too early"],
    [payload.subarray(0, 9), "9 bytes do not fit the schema: CreatedById: the bytes end too early"],
    [payload.subarray(0, -1), "28 bytes do not fit the schema: Message__c: the bytes end too early"],
    [Buffer.concat([payload, Buffer.alloc(2)]), "31 bytes do not fit the schema: 2 bytes are left over"],
  ] as const) {
    assert.throws(() => codec.decode(bytes), { ...undecodable(detail), retryable: false });
  }
});

for (const [type, hex, problem] of [
  ["long", "ffffffffffffffffff02", "a number has more than 64 bits"],
  ["long", "ffffffffffffffffffff01", "a number has more than 64 bits"],
  ["int", "8080808010", "a number has more than 32 bits"],
  ["boolean", "02", "a boolean is neither 0 nor 1"],
  ["string", "01", "a length is negative"],
  ["string", "feffffffffffffffff01", "the bytes end too early"],
  ["bytes", "04ff", "the bytes end too early"],
  ["double", "00", "the bytes end too early"],
  [["null", "string"], "04", "index 2 is not among 2"],
  [["null", "string"], "01", "index -1 is not among 2"],
  [{ type: "enum", name: "N", symbols: ["A"] }, "02", "index 1 is not among 1"],
  [{ type: "array", items: "null" }, "feffffff0f", "the bytes end too early"],
  [{ type: "map", values: "null" }, "ffffffff0f00", "the bytes end too early"],
] as const) {
  test(`does not read ${hex} as ${JSON.stringify(type)}`, () => {
    const codec = codecOf([{ name: "f", type }]);
    const detail = `${hex.length / 2} bytes do not fit the schema: f: ${problem}`;
    assert.throws(() => codec.decode(Buffer.from(hex, "hex")), undecodable(detail));
  });
}

test("names the field within a nested record", () => {
  const inner = { type: "record", name: "Inner", fields: [{ name: "City", type: "boolean" }] };
  const codec = codecOf([{ name: "Address", type: ["null", inner] }]);
  assert.throws(
    () => codec.decode(Buffer.from([2, 9])),
    undecodable("2 bytes do not fit the schema: Address.City: a boolean is neither 0 nor 1"),
  );
});

test("stops at a record that nests for ever", () => {
  const codec = createPayloadCodec("s", '{"type":"record","name":"E","fields":[{"name":"me","type":"E"}]}');
  assert.throws(() => codec.decode(Buffer.alloc(0)), /: records nest deeper than 64\.$/);
  const tail = { name: "next", type: ["null", "E"] };
  const chain = createPayloadCodec("s", JSON.stringify({ type: "record", name: "E", fields: [tail] }));
  assert.throws(() => chain.decode(Buffer.alloc(100_000, 2)), /: records nest deeper than 64\.$/);
});
