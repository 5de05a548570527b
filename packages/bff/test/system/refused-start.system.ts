import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findFreePorts, occupyPort } from "./support/free-ports.ts";
import { openGround } from "./support/ground.ts";
import { createOrders } from "./support/new-orders.ts";
import { signIn, untilAllActivated } from "./support/org-client.ts";
import { runSluice, startDev } from "./support/process-tree.ts";
import { systemPicture } from "./support/system-picture.ts";

const DEADLINE_MS = 30_000;
const stackTrace = /^\s+at /m;

test("serve without its settings ends with 1 and names every one that is missing", async () => {
  await using ground = await openGround();
  const { code, output } = await runSluice(ground, ["serve"]);
  assert.equal(code, 1, output);
  for (const name of [
    "SALESFORCE_LOGIN_URL",
    "SALESFORCE_CLIENT_ID",
    "BILLING_URL",
    "NETWORK_URL",
    "MAIL_URL",
  ]) {
    assert.match(output, new RegExp(`${name} is not set`));
  }
  assert.doesNotMatch(output, stackTrace);
});

const wrongSettings = [
  { name: "PORT", value: "eighty" },
  { name: "PORT", value: "70000" },
  { name: "SLUICE_GO_LIVE", value: "yesterday" },
  { name: "SLUICE_MODE", value: "dry" },
  { name: "SLUICE_NAMESPACE", value: "no-dashes" },
  { name: "DATABASE_URL", value: "mysql://127.0.0.1/sluice" },
  { name: "SALESFORCE_LOGIN_URL", value: "login" },
  { name: "SALESFORCE_ORG_ID", value: "001000000000001AAA" },
  { name: "SALESFORCE_TOPIC", value: "OrderProvisionRequested__e" },
  { name: "SALESFORCE_PRIVATE_KEY_FILE", value: "/nowhere/key.pem" },
  { name: "BILLING_SECRET_FILE", value: "/nowhere/billing-secret" },
  { name: "MAIL_URL", value: "http://127.0.0.1" },
] as const;

for (const { name, value } of wrongSettings) {
  test(`serve with ${name}=${value} ends with 1 and names it`, async () => {
    await using ground = await openGround();
    const secretFile = join(ground.folder, "secret");
    await writeFile(secretFile, "not to be printed");
    const complete = {
      SALESFORCE_LOGIN_URL: ground.orgUrl,
      SALESFORCE_CLIENT_ID: "sluice-demo",
      SALESFORCE_USERNAME: "operator@sluice.test",
      SALESFORCE_CLIENT_SECRET_FILE: secretFile,
      BILLING_URL: `${ground.simulatorsUrl}/billing`,
      BILLING_IDENTIFIER: "sluice",
      BILLING_SECRET_FILE: secretFile,
      NETWORK_URL: `${ground.simulatorsUrl}/network`,
      NETWORK_TOKEN_FILE: secretFile,
      MAIL_URL: "smtp://127.0.0.1:2525",
    };
    const { code, output } = await runSluice(ground, ["serve"], { ...complete, [name]: value });
    assert.equal(code, 1, output);
    assert.match(output, new RegExp(`^ +${name} `, "m"));
    assert.doesNotMatch(output, /not to be printed/);
    assert.doesNotMatch(output, stackTrace);
  });
}

for (const name of ["PORT", "ORG_PORT", "ORG_GRPC_PORT", "SIM_PORT", "SIM_SMTP_PORT"]) {
  test(`dev ends when another program has the port, and names ${name}`, async () => {
    await using ground = await openGround();
    const port = ground.variables[name];
    await using _other = await occupyPort(Number(port));
    const { code, output } = await runSluice(ground, ["dev"]);
    assert.equal(code, 1, output);
    assert.match(output, new RegExp(`\\b${port}\\b`));
    assert.match(output, new RegExp(`(?<![A-Z_])${name}\\b`));
    assert.doesNotMatch(output, stackTrace);
  });
}

for (const args of [["dev"], ["migrate"]]) {
  test(`${args.join(" ")} ends when its data folder cannot be written, and names the folder`, async () => {
    await using ground = await openGround();
    // Tests may run as root, whom no permission stops; nobody can make a folder below a file.
    const file = join(ground.folder, "file");
    await writeFile(file, "");
    const dataDir = join(file, "data");
    const { code, output } = await runSluice(ground, args, { SLUICE_DATA_DIR: dataDir });
    assert.equal(code, 1, output);
    assert.ok(output.includes(dataDir), output);
    assert.match(output, /SLUICE_DATA_DIR/);
    assert.doesNotMatch(output, stackTrace);
  });
}

test("a data folder that is open already refuses a second opener, and the first goes on unharmed", async (t) => {
  await using ground = await openGround();
  await using tree = await startDev(ground);
  const other = await otherPorts();

  for (const { args, code: refusal } of [
    { args: ["migrate"], code: /store_in_use/ },
    { args: ["dev", "--only", "service"], code: /store_in_use/ },
    // The org is the first that opens its own part of the folder.
    { args: ["dev"], code: /database_in_use|store_in_use/ },
  ]) {
    await t.test(`${args.join(" ")} ends and says who has it`, async () => {
      const { code, output } = await runSluice(ground, args, other);
      assert.equal(code, 1, output);
      assert.match(output, refusal);
      assert.ok(output.includes(ground.dataDir), output);
      assert.doesNotMatch(output, stackTrace);
    });
  }

  const org = await signIn(ground.orgUrl);
  const orderIds = await createOrders(org, { count: 3, account: "own" });
  await org.approve(orderIds);
  await untilAllActivated(org, orderIds, DEADLINE_MS, () => systemPicture(ground, tree));
  const { code, output } = await runSluice(ground, ["orders"]);
  assert.equal(code, 0, output);
  assert.equal(output.match(/^\d{8} +Completed/gm)?.length, 3, output);
});

test("a second dev that was refused does not mislead a service that is started beside the first", async () => {
  await using ground = await openGround();
  await using _others = await startDev(ground, ["--without", "service"]);
  const { code, output } = await runSluice(ground, ["dev"], await otherPorts());
  assert.equal(code, 1, output);

  await using service = await startDev(ground, ["--only", "service"]);
  const org = await signIn(ground.orgUrl);
  const orderIds = await createOrders(org, { count: 1, account: "own" });
  await org.approve(orderIds);
  await untilAllActivated(org, orderIds, DEADLINE_MS, () => systemPicture(ground, service));
});

test("a clean end and a new start go on with the same data", async () => {
  await using ground = await openGround();
  {
    await using tree = await startDev(ground);
    assert.deepEqual(await tree.stop(), { code: 0, signal: null });
  }
  await using tree = await startDev(ground);
  const org = await signIn(ground.orgUrl);
  const orderIds = await createOrders(org, { count: 1, account: "own" });
  await org.approve(orderIds);
  await untilAllActivated(org, orderIds, DEADLINE_MS, () => systemPicture(ground, tree));
});

async function otherPorts(): Promise<Readonly<Record<string, string>>> {
  const names = ["PORT", "ORG_PORT", "ORG_GRPC_PORT", "SIM_PORT", "SIM_SMTP_PORT"];
  const ports = await findFreePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])]));
}
