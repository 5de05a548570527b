import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  copyMetadata,
  getOrder,
  objects,
  openTestOrg,
  operator,
  orderId,
  publishedEvents,
  publishFlow,
  setStatus,
  tempDir,
  topic,
} from "./core-harness.ts";

test("a restart keeps records, numbers, events and positions", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const first = openTestOrg(t, { databaseFile }).core;
  setStatus(first, "Approved");
  const made = first.create(operator, "Account", { Name: "Kept" });
  const latest = first.bus.latest();
  const events = first.bus.read(topic, -1, 10);
  first.close();

  const second = openTestOrg(t, { databaseFile }).core;
  assert.equal(getOrder(second)["Approval_Sequence__c"], 1);
  assert.equal(second.get("Account", made)?.["Name"], "Kept");
  assert.deepEqual(second.bus.latest(), latest);
  assert.deepEqual(second.bus.read(topic, -1, 10), events);
  assert.deepEqual(second.bus.resolve(topic, latest.replayId), { kind: "at", position: latest.position });
  assert.notEqual(second.create(operator, "Account", { Name: "New" }), made);
  setStatus(second, "Draft");
  setStatus(second, "Approved");
  assert.deepEqual(
    publishedEvents(second).map((event) => event["Request_Key__c"]),
    [`${orderId}-1-P`, `${orderId}-2-P`],
  );
});

test("changed metadata takes effect at the restart, records stay, and old events keep their schema", (t) => {
  const metadata = copyMetadata(t);
  const databaseFile = join(tempDir(t), "org.db");
  const first = openTestOrg(t, { databaseFile, metadataDirs: metadata.dirs }).core;
  setStatus(first, "Approved");
  const oldSchemaId = first.bus.topic(topic)?.schemaId;
  first.close();

  metadata.add(
    `${objects}/OrderProvisionRequested__e/fields/Is_Rush__c.field-meta.xml`,
    `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>Is_Rush__c</fullName>
     <defaultValue>true</defaultValue><label>Is Rush</label><type>Checkbox</type></CustomField>`,
  );
  metadata.add(
    `${objects}/Order/fields/Site__c.field-meta.xml`,
    `<CustomField xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>Site__c</fullName>
     <label>Site</label><length>20</length><type>Text</type></CustomField>`,
  );
  metadata.edit(publishFlow, "<stringValue>Approved</stringValue>", "<stringValue>In Review</stringValue>");
  const second = openTestOrg(t, { databaseFile, metadataDirs: metadata.dirs }).core;
  assert.notEqual(second.bus.topic(topic)?.schemaId, oldSchemaId);
  setStatus(second, "Draft");
  setStatus(second, "Approved");
  assert.equal(publishedEvents(second).length, 1, "the flow follows In Review now");
  setStatus(second, "In Review");
  const [old, added] = second.bus.read(topic, -1, 10);
  assert.equal(old?.schemaId, oldSchemaId);
  assert.equal(publishedEvents(second)[0]?.["Request_Key__c"], `${orderId}-1-P`);
  assert.equal(added?.schemaId, second.bus.topic(topic)?.schemaId);
  assert.equal(publishedEvents(second)[1]?.["Is_Rush__c"], true);
  assert.equal(getOrder(second)["Site__c"], null);
});

test("after kill -9 every save that returned is there, each with exactly its event", async (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  const writer = spawn(
    process.execPath,
    [fileURLToPath(new URL("core-writer.ts", import.meta.url)), databaseFile],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  t.after(() => writer.kill("SIGKILL"));
  let lastSeen = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    lastSeen = Number(line);
    if (lastSeen === 20) writer.kill("SIGKILL");
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, "exit");
  assert.ok(lastSeen >= 20, `only ${lastSeen} approvals`);

  const { core } = openTestOrg(t, { databaseFile });
  const counter = Number(getOrder(core)["Approval_Sequence__c"]);
  assert.ok(counter >= lastSeen, `${counter} is less than ${lastSeen}`);
  const keys = core.bus.read(topic, -1, 10_000).length;
  assert.equal(keys, counter);
});

test("a second process cannot open the same database", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  openTestOrg(t, { databaseFile });
  assert.throws(() => openTestOrg(t, { databaseFile }), {
    code: "database_in_use",
    message: /org\.db: Another process has it open\. Stop the other org/,
  });
});

test("a file that is no database is refused and left alone", (t) => {
  const databaseFile = join(tempDir(t), "org.db");
  writeFileSync(databaseFile, "this is a letter to my grandmother, ".repeat(100));
  assert.throws(() => openTestOrg(t, { databaseFile }), { code: "database_unusable", message: /org\.db/ });
});

test("opening an org takes less than a second of work", (t) => {
  // CPU time, because other tests run at the same time.
  const before = process.cpuUsage();
  const { core } = openTestOrg(t, { databaseFile: join(tempDir(t), "org.db") });
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = (user + system) / 1_000;
  assert.equal([...core.all("Order")].length, 1);
  assert.ok(elapsedMs < 1_000, `${elapsedMs} ms`);
});
