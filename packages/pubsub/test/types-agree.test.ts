import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createPubSubClient, clientCredentials } from "../src/index.ts";
import { createPayloadCodec } from "../src/schema/payload-codec.ts";
import { compiler, environmentOf, openOrg, runProgram, runTypes, scratchFolder } from "./types-support.ts";
import { accountChangeEvent, longNames, orderEvent } from "./types-schemas.ts";

/** What a generated module exports, seen from a test that does not know its names before it runs. */
type Generated = Readonly<Record<string, { parse(value: unknown): unknown } | undefined>>;

const strict = {
  target: "es2024",
  lib: ["es2024"],
  module: "nodenext",
  types: [],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

const events = [
  [orderEvent, "OrderEvent", "orderEvent", "order-event"],
  [accountChangeEvent, "AccountChangeEvent", "accountChangeEvent", "account-change-event"],
  [
    longNames,
    "AnEventWithANameOfFortyLettersXxChangeEvent",
    "anEventWithANameOfFortyLettersXxChangeEvent",
    "an-event-with-a-name-of-forty-letters-xx-change-event",
  ],
] as const;

const forms = [
  ["number", "bigint"],
  ["iso", "string"],
  ["date", "bigint"],
] as const;

/** Compiles when the type and what the schema gives can stand for each other; nothing of it runs. */
function agreement(folder: string): string {
  const checks = events.map(
    ([, type, value, file]) => `import { ${value}Schema, type ${type} } from "./${folder}/${file}.ts";
export const ${value}There = (given: ${type}): z.infer<typeof ${value}Schema> => given;
export const ${value}Back = (given: z.infer<typeof ${value}Schema>): ${type} => given;
`,
  );
  return `import type { z } from "zod";\n${checks.join("")}`;
}

test("type and zod schema agree under strict settings, in every form, and a wrong hand in one is refused", async (t) => {
  const folder = await scratchFolder(t);
  for (const [schema] of events) await writeFile(join(folder, `${schema.name}.avsc`), JSON.stringify(schema));
  const sources = events.flatMap(([schema]) => ["--schema", `${schema.name}.avsc`]);
  for (const [dates, longs] of forms) {
    const args = [...sources, "--out", dates, "--dates", dates, "--longs", longs];
    assert.equal((await runTypes(args, { folder })).code, 0);
    await writeFile(join(folder, `${dates}.ts`), agreement(dates));
  }
  const written = readFileSync(join(folder, "number", "order-event.ts"), "utf8");
  await mkdir(join(folder, "wrong"));
  const changed = written.replace("City__c: z.string()", "City__c: z.number()");
  await writeFile(join(folder, "wrong", "order-event.ts"), changed);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: strict, include: ["."] }));

  const { stdout, code } = await runProgram(
    compiler,
    ["-p", ".", "--singleThreaded", "--pretty", "false"],
    folder,
  );
  assert.notEqual(code, 0);
  const errors = stdout.split("\n").filter((line) => /error TS/.test(line));
  assert.equal(errors.length, 1, stdout);
  assert.match(errors[0] ?? "", /^wrong\/order-event\.ts\(\d+,\d+\): error TS1360: /);
});

test("the schema takes what the client decodes in every form, and keeps it as it is", async (t) => {
  const folder = await scratchFolder(t);
  const text = JSON.stringify(accountChangeEvent);
  await writeFile(join(folder, "account.avsc"), text);
  const header = {
    entityName: "Account",
    changeOrigin: "com/salesforce/api/rest/67.0",
    transactionKey: "0002",
    commitUser: "005000000000001AAA",
    recordIds: ["001000000000001AAA"],
    nulledFields: [],
    diffFields: [],
    changedFields: ["0x02"],
    changeType: "UPDATE",
    sequenceNumber: 1,
    commitTimestamp: 1_700_000_000_000,
    commitNumber: 9_223_372_036_854_775_807n,
  };
  for (const [dates, longs] of forms) {
    const file = `${dates}.ts`;
    const args = ["--schema", "account.avsc", "--out", file, "--dates", dates, "--longs", longs];
    assert.equal((await runTypes(args, { folder })).code, 0);
    const generated = (await import(pathToFileURL(join(folder, file)).href)) as Generated;
    const codec = createPayloadCodec("schema", text, { dates, longs });
    for (const name of ["Acme", { Salutation: null, LastName: "Ace" }, null]) {
      const decoded = codec.decode(
        codec.encode({
          ChangeEventHeader: header,
          Name: name,
          BillingAddress: { Street: "Main", Latitude: 1.5 },
          ShippingAddress: null,
          LastActivityDate: 1_700_006_400_000,
          LastModifiedDate: 1_700_006_400_001,
          Revenue__c: -9_223_372_036_854_775_808n,
          Rating__c: 1.5,
        }),
      );
      assert.deepEqual(generated["accountChangeEventSchema"]?.parse(decoded), decoded);
      assert.equal(typeof decoded["Revenue__c"], longs);
      assert.equal(
        typeof decoded["LastModifiedDate"],
        { number: "number", iso: "string", date: "object" }[dates],
      );
    }
  }
});

test("an event that the org delivers passes the schema that was read from the same org", async (t) => {
  const folder = await scratchFolder(t);
  const org = await openOrg(t);
  const topic = "/event/OrderProvisionRequested__e";
  const env = await environmentOf(org, folder);
  const outcome = await runTypes(["--topic", topic, "--out", "event.ts"], { folder, env });
  assert.deepEqual(outcome, {
    code: 0,
    stdout: "",
    stderr: `reading the schema of ${topic}\nevent.ts: written\n`,
  });
  const generated = (await import(pathToFileURL(join(folder, "event.ts")).href)) as Generated;

  const client = createPubSubClient({
    endpoint: org.pubsubEndpoint,
    ca: readFileSync(org.caFile),
    auth: clientCredentials({
      loginUrl: org.url,
      clientId: "sluice-demo",
      clientSecret: "sluice-demo-secret",
    }),
  });
  t.after(() => {
    client.close();
  });
  const record = {
    CreatedDate: 1_700_000_000_000,
    CreatedById: "005Hs0000000001IAA",
    Account_Id__c: "001Hs0000000001IAA",
    Approved_At__c: 1_700_000_000_500,
    Approved_By_Id__c: null,
    Order_Id__c: "801Hs0000000001IAA",
    Order_Modified_At__c: null,
    Order_Number__c: "00000101",
    Request_Key__c: "key",
    Request_Type__c: "Provision",
    Total_Amount__c: 12.5,
  };
  const published = await client.publish(topic, record);
  assert.equal(published.kind, "published");
  const items = client.subscribe(topic, {
    position: { kind: "earliest" },
    capacity: () => 10,
    signal: AbortSignal.timeout(20_000),
  });
  for await (const item of items) {
    const [event] = item.kind === "batch" ? item.events : [];
    if (event?.kind !== "event") continue;
    assert.deepEqual(generated["orderProvisionRequestedSchema"]?.parse(event.payload), record);
    assert.equal(event.schemaId, generated["orderProvisionRequestedSchemaId"]);
    return;
  }
  assert.fail("the event did not come");
});
