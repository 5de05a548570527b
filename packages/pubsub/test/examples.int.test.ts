import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, after, test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { demoAccess, startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { topic } from "./emulated-org.ts";
import { Mailbox } from "./mailbox.ts";

const examples = fileURLToPath(new URL("../examples/", import.meta.url));
let org: RunningOrg;
let folder: string;
let env: NodeJS.ProcessEnv;

before(async () => {
  org = await startOrg({ metadataDirs: [fileURLToPath(new URL("fixtures/metadata", import.meta.url))] });
  folder = await mkdtemp(join(tmpdir(), "sluice-examples-"));
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, demoAccess.clientSecret);
  env = {
    PATH: process.env["PATH"],
    SALESFORCE_LOGIN_URL: org.url,
    SALESFORCE_CLIENT_ID: demoAccess.clientId,
    SALESFORCE_CLIENT_SECRET_FILE: secretFile,
    SALESFORCE_PUBSUB_ENDPOINT: org.pubsubEndpoint,
    SALESFORCE_PUBSUB_CA_FILE: org.caFile,
    SALESFORCE_TOPIC: topic,
    POSITION_DIR: folder,
  };
});

after(async () => {
  await org.close();
  await rm(folder, { recursive: true });
});

function run(t: TestContext, program: string, args: readonly string[] = []) {
  const child = spawn(process.execPath, [join(examples, program), ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = new Mailbox<string>();
  const told: string[] = [];
  createInterface(child.stdout).on("line", (line) => {
    lines.put(line);
  });
  createInterface(child.stderr).on("line", (line) => told.push(line));
  return { child, lines, told, over: once(child, "exit") };
}

async function publish(t: TestContext, ...sensors: readonly string[]): Promise<void> {
  const payloads = sensors.map((sensor) => JSON.stringify({ Sensor__c: sensor }));
  const { lines, over, told } = run(t, "publish.ts", payloads);
  assert.deepEqual(await over, [0, null], told.join("\n"));
  for (const _sensor of sensors) assert.match(await lines.take(), /^[0-9a-f-]{36} published$/);
}

async function sensorOf(line: Promise<string>): Promise<string> {
  const event = JSON.parse(await line) as { readonly payload: { readonly Sensor__c: string } };
  return event.payload.Sensor__c;
}

test("the listener of the README is killed, and goes on where it was when it is started again", async (t) => {
  await publish(t, "one", "two");
  const first = run(t, "listen.ts");
  assert.equal(await sensorOf(first.lines.take()), "one");
  assert.equal(await sensorOf(first.lines.take()), "two");
  // Its position is stored a moment after the line is out.
  const file = join(folder, `position-${org.orgId}-Reading__e.hex`);
  const last = org.core.bus.read(topic, -1, 10).at(-1)?.replayId ?? new Uint8Array();
  const expected = Buffer.from(last).toString("hex");
  while ((await readFile(file, "utf8").catch(() => "")) !== expected);
  first.child.kill("SIGKILL");
  assert.deepEqual(await first.over, [null, "SIGKILL"]);

  await publish(t, "three");
  const second = run(t, "listen.ts");
  assert.equal(await sensorOf(second.lines.take()), "three");
  assert.deepEqual(second.lines.rest, []);
  second.child.kill("SIGTERM");
  assert.deepEqual(await second.over, [0, null]);
  assert.equal(second.told.at(-1), "stopped");
});
