import assert from "node:assert/strict";
import { test } from "node:test";
import avsc from "avsc";
import { format } from "prettier";
import { parseAvroRecord } from "../src/schema/avro-schema.ts";
import { readModel } from "../src/types-cli/read-schema.ts";
import { readModule } from "../src/types-cli/read-module.ts";
import { renderModule } from "../src/types-cli/render-module.ts";
import { schemaIdOf } from "../src/types-cli/schema-id.ts";
import { nameOfPart, namesOfTopic } from "../src/types-cli/topic-names.ts";
import { defaultForms } from "../src/types-cli/value-forms.ts";
import { accountChangeEvent, longNames, orderEvent } from "./types-schemas.ts";

const topic = "/event/Order_Event__e";
const schemaId = "_CADE3qaegX3ECEW0rlbYA";

function render(name: string, schema: object, forms = defaultForms): string {
  return renderModule([readModel(name, schemaId, JSON.stringify(schema))], forms, "npx sluice-types");
}

test("writes type, zod schema, topic and Avro schema of an event", () => {
  assert.equal(
    render(topic, orderEvent),
    `// Written by sluice-types from the schema of /event/Order_Event__e. Do not edit it; to write it anew:
// npx sluice-types
import { z } from "zod";

export const orderEventTopic = "/event/Order_Event__e";

export type OrderEvent = {
  /** DateTime in milliseconds since 1970. */
  CreatedDate: number;
  /** EntityId. */
  CreatedById: string;
  /** Text, or null. */
  Order_Number__c: string | null;
  /** Text, or null. */
  City__c: string | null;
  /** Double, or null. */
  Amount__c: number | null;
};

export const orderEventSchema = z.object({
  CreatedDate: z.number(),
  CreatedById: z.string(),
  Order_Number__c: z.string().nullable(),
  City__c: z.string().nullable(),
  Amount__c: z.number().nullable(),
}) satisfies z.ZodType<OrderEvent>;

export const orderEventSchemaId = "_CADE3qaegX3ECEW0rlbYA";

/** The Avro schema that the type was made of, to compare with the one that events come with. */
export const orderEventSchemaJson =
  '{"type":"record","name":"Order_Event__e","namespace":"com.sforce.eventbus","fields":[{"name":"CreatedDate","type":"long","doc":"CreatedDate:DateTime"},{"name":"CreatedById","type":"string","doc":"CreatedBy:EntityId"},{"name":"Order_Number__c","type":["null","string"],"doc":"Data:Text","default":null},{"name":"City__c","type":["null","string"],"doc":"Data:Text","default":null},{"name":"Amount__c","type":["null","double"],"doc":"Data:Double","default":null}]}';
`,
  );
});

test("what it writes is as the formatter would have it, however long the names are", async () => {
  const { default: config } = (await import("../../../.prettierrc.json", { with: { type: "json" } })) as {
    readonly default: object;
  };
  for (const schema of [orderEvent, accountChangeEvent, longNames]) {
    const text = render(namesTopic(schema.name), schema);
    assert.equal(await format(text, { ...config, parser: "typescript" }), text, schema.name);
  }
});

function namesTopic(name: string): string {
  return `/event/${name}`;
}

test("a file that a formatter went over is read like the one that was written", async () => {
  const text = render("/data/AccountChangeEvent", accountChangeEvent);
  const written = readModule(text);
  assert.equal(written[0]?.topic, "/data/AccountChangeEvent");
  assert.equal(JSON.parse(written[0].schemaJson).name, "AccountChangeEvent");
  const other = await format(text, { parser: "typescript", singleQuote: true, printWidth: 60, semi: false });
  assert.deepEqual(readModule(other), written);
});

test("an Avro doc cannot leave its comment, and what is no kind is not told", () => {
  const text = render("/data/AccountChangeEvent", accountChangeEvent);
  assert.match(text, / {2}\/\*\* Number, or null\. \*\/\n {2}Rating__c: number \| null;/);
  assert.doesNotMatch(text.replace(/SchemaJson =.*/s, ""), /injected/);
});

test("a schema file has the id that Salesforce would give it", () => {
  for (const schema of [orderEvent, accountChangeEvent, longNames]) {
    const record = parseAvroRecord(JSON.stringify(schema), "schema");
    const other = avsc.Type.forSchema(schema as avsc.Schema);
    assert.equal(schemaIdOf(record), other.fingerprint("md5").toString("base64url"), schema.name);
  }
  assert.equal(schemaIdOf(parseAvroRecord(JSON.stringify(orderEvent), "schema")), schemaId);
});

test("names are words in the case that code has them in", () => {
  for (const [name, type, value, file] of [
    [
      "/event/OrderProvisionRequested__e",
      "OrderProvisionRequested",
      "orderProvisionRequested",
      "order-provision-requested.ts",
    ],
    ["/event/CM_Test_Event_Two__e", "CMTestEventTwo", "cmTestEventTwo", "cm-test-event-two.ts"],
    ["/data/AccountChangeEvent", "AccountChangeEvent", "accountChangeEvent", "account-change-event.ts"],
    ["/data/My_Thing__ChangeEvent", "MyThingChangeEvent", "myThingChangeEvent", "my-thing-change-event.ts"],
    ["/event/ns__order__e", "NsOrder", "nsOrder", "ns-order.ts"],
    ["/event/Date__e", "DateEvent", "dateEvent", "date-event.ts"],
  ] as const) {
    assert.deepEqual(namesOfTopic(name), { type, value, file });
  }
  assert.equal(nameOfPart("AccountChangeEvent", "ChangeEventHeader"), "AccountChangeEventHeader");
  assert.equal(nameOfPart("OrderEvent", "Switchable_PersonName"), "OrderEventSwitchablePersonName");
  assert.equal(nameOfPart("OrderEvent", "Event"), "OrderEventEvent");
});

for (const [what, schema, message] of [
  ["no record", '"string"', "cannot be used: expected a record, got string."],
  [
    "a record that contains itself",
    '{"type":"record","name":"A","fields":[{"name":"a","type":["null","A"]}]}',
    "the type A contains itself.",
  ],
  [
    "a name that is none in TypeScript",
    '{"type":"record","name":"A","fields":[{"name":"a: 1}; evil","type":"int"}]}',
    'cannot be used: the record A has a field named "a: 1}; evil".',
  ],
  [
    "a field without values",
    '{"type":"record","name":"A","fields":[{"name":"a","type":"null"}]}',
    "a field can only be null.",
  ],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(() => readModel(topic, schemaId, schema), {
      message: `[schema_unusable] /event/Order_Event__e: ${message}`,
    });
  });
}
