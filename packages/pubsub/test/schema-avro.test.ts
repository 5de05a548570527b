import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import avsc from "avsc";
import type { Schema } from "avsc";
import { PubSubError } from "../src/pubsub-error.ts";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";

const list = { type: "array", items: "string" };
const changeEvent = {
  type: "record",
  name: "AccountChangeEvent",
  namespace: "com.sforce.eventbus",
  fields: [
    {
      name: "ChangeEventHeader",
      type: {
        type: "record",
        name: "ChangeEventHeader",
        fields: [
          { name: "entityName", type: "string" },
          { name: "recordIds", type: list },
          { name: "sequenceNumber", type: "int" },
          { name: "commitNumber", type: "long" },
          { name: "changedFields", type: list },
        ],
      },
    },
    {
      name: "Name",
      type: [
        "null",
        "string",
        { type: "record", name: "PersonName", fields: [{ name: "FirstName", type: ["null", "string"] }] },
      ],
    },
    { name: "Amount__c", type: ["null", "double"], default: null },
    { name: "Active__c", type: ["null", "boolean"], default: null },
    { name: "Day__c", type: ["null", "long"], doc: "Data:DateOnly", default: null },
  ],
};

/** One of everything that both libraries represent alike. */
const everything = {
  type: "record",
  name: "E",
  fields: [
    { name: "boolean", type: "boolean" },
    { name: "int", type: "int" },
    { name: "long", type: "long" },
    { name: "float", type: "float" },
    { name: "double", type: "double" },
    { name: "string", type: "string" },
    { name: "bytes", type: "bytes" },
    { name: "fixed", type: { type: "fixed", name: "F", size: 3 } },
    { name: "enum", type: { type: "enum", name: "N", symbols: ["A", "B", "C"] } },
    { name: "array", type: { type: "array", items: { type: "map", values: "long" } } },
    {
      name: "record",
      type: {
        type: "record",
        name: "R",
        fields: [
          { name: "next", type: ["null", "R"] },
          { name: "n", type: "int" },
        ],
      },
    },
    { name: "union", type: ["string", "null", "boolean", "R"] },
  ],
};

test("reads and writes as another Avro library does", () => {
  const type = avsc.Type.forSchema(everything as Schema, { wrapUnions: "never" });
  const codec = createPayloadCodec("s", JSON.stringify(everything));
  for (let round = 0; round < 500; round += 1) {
    const payload = type.toBuffer(type.random());
    const ours = codec.decode(payload);
    const theirs: unknown = type.fromBuffer(payload);
    assert.deepEqual(plain(ours), plain(theirs));
    assert.deepEqual(codec.encode(ours), payload);
  }
});

/** A small generator of numbers with a seed, so that a failure can be repeated (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test("whatever happens to the bytes, it is a payload or payload_undecodable", () => {
  const codec = createPayloadCodec("s", JSON.stringify(changeEvent), { dates: "iso" });
  const valid = codec.encode({
    ChangeEventHeader: {
      entityName: "Account",
      recordIds: ["001000000000001AAA", "001000000000002AAA"],
      sequenceNumber: 1,
      commitNumber: 9_007_199_254_740_993n,
      changedFields: ["0x6", "1-0x1"],
    },
    Name: { FirstName: "Ada" },
    Amount__c: 12.5,
    Active__c: true,
    Day__c: 1_700_006_400_000,
  });
  const below = randomNumbers(7);
  let undecodable = 0;
  for (let round = 0; round < 5_000; round += 1) {
    let bytes: Buffer = Buffer.from(valid);
    for (let changes = 1 + below(3); changes > 0; changes -= 1) bytes = mutate(bytes, below);
    try {
      assert.equal(typeof codec.decode(bytes), "object");
    } catch (error) {
      assert.ok(error instanceof PubSubError && error.code === "payload_undecodable", String(error));
      undecodable += 1;
    }
  }
  assert.ok(undecodable > 2_500, `${undecodable} were refused`);
});

function mutate(bytes: Buffer, below: (limit: number) => number): Buffer {
  const at = below(bytes.length + 1);
  switch (below(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + below(9), 0xff), bytes.subarray(at + 1)]);
    default: {
      const changed = Buffer.from(bytes);
      if (at < changed.length) changed[at] = below(256);
      return changed;
    }
  }
}

test("reads the same where Node refuses generated code", () => {
  const modulePath = new URL("../src/schema/payload-codec.ts", import.meta.url).href;
  const script = `
    import { createPayloadCodec } from ${JSON.stringify(modulePath)};
    const codec = createPayloadCodec("s", '{"type":"record","name":"E","fields":[{"name":"a","type":"int"}]}');
    console.log(JSON.stringify(codec.decode(codec.encode({ a: 7 }))));
  `;
  const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script];
  assert.equal(execFileSync(process.execPath, flags, { encoding: "utf8" }), '{"a":7}\n');
});

/** As JSON, since the other library makes objects of its own classes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
