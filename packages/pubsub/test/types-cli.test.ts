import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunningOrg } from "@sluice/org";
import { helpText } from "../src/types-cli/help-text.ts";
import { environmentOf, openOrg, runProgram, runTypes, scratchFolder } from "./types-support.ts";
import type { Owner } from "./types-support.ts";
import { accountChangeEvent, orderEvent } from "./types-schemas.ts";

const cli = fileURLToPath(new URL("../src/types-cli/cli.ts", import.meta.url));
const topic = "/event/OrderProvisionRequested__e";

let org: RunningOrg;
let folder: string;
let env: Readonly<Record<string, string>>;

const cleanup = new AsyncDisposableStack();
after(() => cleanup.disposeAsync());

before(async () => {
  const suite: Owner = {
    after: (release) => {
      cleanup.defer(release);
    },
  };
  folder = await scratchFolder(suite);
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  const metadataDir = join(folder, "channel");
  await writeChannel(metadataDir);
  const jwtPublicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  org = await openOrg(suite, { jwtPublicKeyPem, metadataDir });
  env = await environmentOf(org, folder);
});

async function writeChannel(into: string): Promise<void> {
  const channels = join(into, "main/default/platformEventChannels");
  await mkdir(channels, { recursive: true });
  await writeFile(
    join(channels, "All_Orders__chn.platformEventChannel-meta.xml"),
    `<PlatformEventChannel xmlns="http://soap.sforce.com/2006/04/metadata"><channelType>event</channelType>
     <label>All Orders</label></PlatformEventChannel>`,
  );
}

async function writeSchema(name: string, schema: object): Promise<void> {
  await writeFile(join(folder, name), JSON.stringify(schema));
}

test("prints the module, and says on stderr what it is doing", async () => {
  const { code, stdout, stderr } = await runTypes(["--topic", topic], { folder, env });
  assert.equal(code, 0);
  assert.equal(stderr, `reading the schema of ${topic}\n`);
  assert.match(
    stdout,
    /^\/\/ Written by .*\n\/\/ npx sluice-types --topic \/event\/OrderProvisionRequested__e\n/,
  );
  assert.match(
    stdout,
    /\nexport const orderProvisionRequestedTopic = "\/event\/OrderProvisionRequested__e";\n/,
  );
  assert.match(stdout, /\n {2}\/\*\* Double, or null\. \*\/\n {2}Total_Amount__c: number \| null;\n/);
});

test("options beat the environment", async () => {
  const wrong = { ...env, SALESFORCE_CLIENT_ID: "nobody", SALESFORCE_PUBSUB_ENDPOINT: "" };
  const args = ["--client-id", "sluice-demo", "--pubsub-endpoint", org.pubsubEndpoint, "--topic", topic];
  assert.equal((await runTypes(args, { folder, env: wrong })).code, 0);
  const refused = await runTypes(["--topic", topic], {
    folder,
    env: { ...env, SALESFORCE_CLIENT_ID: "nobody" },
  });
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /\nsluice-types: \[auth_rejected\] http:\/\/127\.0\.0\.1:\d+: Salesforce refused the sign-in .*\n$/,
  );
});

test("signs in with a private key, which wins over a secret", async () => {
  const args = ["--username", "operator@sluice.test", "--private-key-file", "key.pem", "--topic", topic];
  const { code, stderr } = await runTypes(args, { folder, env });
  assert.equal(stderr, `reading the schema of ${topic}\n`);
  assert.equal(code, 0);
});

test("writes a file for each topic into a folder, and leaves alone what is as it was", async () => {
  await writeSchema("order.avsc", orderEvent);
  await writeSchema("account.avsc", accountChangeEvent);
  const args = [
    "--schema",
    "order.avsc",
    "--schema",
    "account.avsc",
    "--out",
    join(folder, "events"),
    "--dates",
    "iso",
  ];
  assert.deepEqual(await runTypes(args, { folder }), {
    code: 0,
    stdout: "",
    stderr: "events/order-event.ts: written\nevents/account-change-event.ts: written\n",
  });
  assert.deepEqual((await readdir(join(folder, "events"))).toSorted(), [
    "account-change-event.ts",
    "order-event.ts",
  ]);
  const text = await readFile(join(folder, "events/order-event.ts"), "utf8");
  assert.match(text, /\n\/\/ npx sluice-types --schema order\.avsc --out events --dates iso\n/);
  assert.match(text, /\n {2}\/\*\* DateTime as ISO 8601 text\. \*\/\n {2}CreatedDate: string;\n/);
  assert.match(text, /\nexport const orderEventSchemaId = "_CADE3qaegX3ECEW0rlbYA";\n/);
  assert.match((await runTypes(args, { folder })).stderr, /order-event\.ts: unchanged\n/);
});

test("a file that is as the org has it passes the check", async () => {
  await runTypes(["--topic", topic, "--out", "same.ts"], { folder, env });
  const { code, stdout } = await runTypes(["--check", "same.ts"], { folder, env });
  assert.equal(stdout, `same.ts: ${topic} is as it was\n`);
  assert.equal(code, 0);
});

test("a check tells what differs, field by field, and whether that breaks readers", async () => {
  await writeSchema("order.avsc", orderEvent);
  await writeSchema("account.avsc", accountChangeEvent);
  const sources = ["--schema", "order.avsc", "--schema", "account.avsc"];
  await runTypes([...sources, "--out", "both.ts"], { folder });

  const [createdDate, createdBy, orderNumber, , amount] = orderEvent.fields;
  const added = { name: "Priority__c", type: ["null", "string"], default: null };
  await writeSchema("order.avsc", { ...orderEvent, fields: [...orderEvent.fields, added] });
  const additive = await runTypes([...sources, "--check", "both.ts"], { folder });
  assert.deepEqual(additive, {
    code: 1,
    stdout: `both.ts: /event/Order_Event__e is changed, additive
  + Priority__c: string | null (additive)
both.ts: /data/AccountChangeEvent is as it was
`,
    stderr: "",
  });

  const retyped = { ...amount, type: ["null", "string"] };
  const must = { name: "Must__c", type: "boolean" };
  await writeSchema("order.avsc", {
    ...orderEvent,
    fields: [createdDate, createdBy, orderNumber, retyped, must],
  });
  const nested = JSON.stringify(accountChangeEvent).replace('"CREATE",', "").replace('"Street"', '"Road"');
  await writeFile(join(folder, "account.avsc"), nested);
  const breaking = await runTypes([...sources, "--check", "both.ts"], { folder });
  assert.equal(breaking.code, 1);
  const events =
    "DELETE, GAP_CREATE, GAP_DELETE, GAP_OVERFLOW, GAP_UNDELETE, GAP_UPDATE, SNAPSHOT, UNDELETE, UPDATE";
  assert.equal(
    breaking.stdout,
    `both.ts: /event/Order_Event__e is changed, breaking
  - City__c: string | null (breaking)
  ~ Amount__c: double | null, now string | null (breaking)
  + Must__c: boolean (breaking: it is never null)
both.ts: /data/AccountChangeEvent is changed, breaking
  ~ ChangeEventHeader.changeType: enum of CREATE, ${events}, now enum of ${events}
  - BillingAddress.Street: string | null (breaking)
  + BillingAddress.Road: string | null (additive)
  - ShippingAddress.Street: string | null (breaking)
  + ShippingAddress.Road: string | null (additive)
`,
  );
  const json = await runTypes(["--schema", "order.avsc", "--check", "both.ts", "--json"], { folder });
  assert.match(
    json.stderr,
    /\/data\/AccountChangeEvent: none of the --schema files is of it \(both\.ts\)\.\n$/,
  );
});

test("fields in another order are no difference", async () => {
  await writeSchema("order.avsc", orderEvent);
  await runTypes(["--schema", "order.avsc", "--out", "order.ts"], { folder });
  await writeSchema("order.avsc", { ...orderEvent, fields: orderEvent.fields.toReversed() });
  const { code, stdout } = await runTypes(["--schema", "order.avsc", "--check", "order.ts", "--json"], {
    folder,
  });
  assert.equal(code, 0);
  const [told] = JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
  assert.equal(told?.["severity"], "none");
  assert.equal(told["baselineSchemaId"], "_CADE3qaegX3ECEW0rlbYA");
  assert.notEqual(told["schemaId"], "_CADE3qaegX3ECEW0rlbYA");
});

test("--json says what was written, or holds it", async () => {
  await writeSchema("order.avsc", orderEvent);
  const written = await runTypes(["--schema", "order.avsc", "--out", "a.ts", "--json"], { folder });
  assert.deepEqual(JSON.parse(written.stdout), [
    { topic: "/event/Order_Event__e", schemaId: "_CADE3qaegX3ECEW0rlbYA", file: "a.ts" },
  ]);
  const printed = await runTypes(["--schema", "order.avsc", "--json"], { folder });
  const [told] = JSON.parse(printed.stdout) as readonly Readonly<Record<string, unknown>>[];
  assert.equal(told?.["file"], null);
  assert.match(String(told["text"]), /export type OrderEvent = /);
});

const complaints: readonly (readonly [string, readonly string[], number, string])[] = [
  [
    "every wrong option and missing setting at once",
    ["--topic", "Order__e", "--dates", "utc", "--longs", "--out", "x", "--out", "y", "--colour", "z"],
    2,
    `sluice-types: 8 settings are missing or wrong:
  --longs needs a value
  --out may be given once
  --colour is no option
  --topic must look like /event/Order_Event__e or /data/AccountChangeEvent; got "Order__e"
  --dates must be number, iso or date; got "utc"
  --login-url or SALESFORCE_LOGIN_URL is not set: give the org's My Domain, such as https://acme.my.salesforce.com
  --client-id or SALESFORCE_CLIENT_ID is not set: give the app's consumer key
  neither --private-key-file or SALESFORCE_PRIVATE_KEY_FILE nor --client-secret-file or SALESFORCE_CLIENT_SECRET_FILE is set: give the file with the private key or with the consumer secret
See --help.
`,
  ],
  [
    "settings that are there and wrong",
    "--topic /event/A__e --login-url http://acme.my.salesforce.com --client-id key --private-key-file nowhere.pem --pubsub-endpoint https://x --pubsub-ca-file no.pem".split(
      " ",
    ),
    2,
    `sluice-types: 5 settings are missing or wrong:
  --login-url must be the org's My Domain as an https URL, such as https://acme.my.salesforce.com; got "http://acme.my.salesforce.com"
  --username or SALESFORCE_USERNAME is not set: with a private key one signs in as a user
  --private-key-file names nowhere.pem, which cannot be read (ENOENT)
  --pubsub-ca-file names no.pem, which cannot be read (ENOENT)
  --pubsub-endpoint must be host:port, such as api.pubsub.salesforce.com:443; got "https://x"
See --help.
`,
  ],
  [
    "nothing to do",
    [],
    2,
    "sluice-types: --topic, --schema or --check is missing: one of them says what to read. See --help.\n",
  ],
  [
    "a file to write and one to check",
    ["--schema", "a.avsc", "--check", "a.ts", "--out", "b.ts"],
    2,
    "sluice-types: --out and --check exclude each other: a check writes nothing. See --help.\n",
  ],
  [
    "a schema file that is not there",
    ["--schema", "nowhere.avsc"],
    1,
    "sluice-types: [config_invalid] nowhere.avsc: the file cannot be read (ENOENT).\n",
  ],
  [
    "a file to check that it did not write",
    ["--check", "secret"],
    1,
    "sluice-types: [config_invalid] secret: holds nothing that sluice-types wrote. Write it with --out first.\n",
  ],
];

for (const [what, args, code, stderr] of complaints) {
  test(`complains of ${what}`, async () => {
    assert.deepEqual(await runTypes(args, { folder }), { code, stdout: "", stderr });
  });
}

test("does not quote a private key that is none", async () => {
  const args = [
    "--topic",
    topic,
    "--username",
    "a@b.test",
    "--private-key-file",
    env["SALESFORCE_CLIENT_SECRET_FILE"] ?? "",
  ];
  const { code, stderr } = await runTypes(args, { folder, env });
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "sluice-types: private key: not a readable private key. Give an unencrypted PEM file. See --help.\n",
  );
});

test("two events that would be called the same are refused, and nothing is written", async () => {
  await writeSchema("one.avsc", { ...orderEvent, name: "Order__ChangeEvent" });
  await writeSchema("two.avsc", { ...orderEvent, name: "OrderChangeEvent" });
  const { code, stderr } = await runTypes(["--schema", "one.avsc", "--schema", "two.avsc", "--out", "same"], {
    folder,
  });
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "sluice-types: [config_invalid] /data/OrderChangeEvent: would be called OrderChangeEvent, as /data/Order__ChangeEvent is. Write each by a call of its own.\n",
  );
});

test("a topic that the org does not know is told in one line", async () => {
  const { code, stderr } = await runTypes(["--topic", "/event/Nothing__e"], { folder, env });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /\nsluice-types: \[topic_not_found\] \/event\/Nothing__e: GetTopic failed with [^\n]*\n$/,
  );
});

test("a channel of several events has no type, and the message says what has", async () => {
  const { code, stderr } = await runTypes(["--topic", "/event/All_Orders__chn"], { folder, env });
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `reading the schema of /event/All_Orders__chn
sluice-types: [request_rejected] /event/All_Orders__chn: this channel carries several kinds of events and has no schema of its own. Name the topics of its events instead, such as /data/AccountChangeEvent.
`,
  );
});

test("aborting ends it while the login host keeps it waiting", async (t) => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => {
    asked.resolve();
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [cli, "--topic", topic], {
    env: { ...process.env, ...env, SALESFORCE_LOGIN_URL: url },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  await asked.promise;
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.equal(stderr, `reading the schema of ${topic}\nsluice-types: stopped, nothing more is written\n`);
});

test("as a program it tells its help and leaves with the code of the outcome", async () => {
  assert.deepEqual(await runProgram(process.execPath, [cli, "--help"], folder), {
    code: 0,
    stdout: helpText,
    stderr: "",
  });
  const wrong = await runProgram(process.execPath, [cli, "--topc", "x"], folder, {
    SALESFORCE_LOGIN_URL: "",
  });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^sluice-types: 2 settings are missing or wrong:\n {2}--topc is no option\n/);
  const version = await runTypes(["--version"], { folder });
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});
