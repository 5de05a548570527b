import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { demoAccess, startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { createConnection } from "../src/salesforce/connection.ts";
import type { SalesforceConnection, SessionSource } from "../src/salesforce/connection.ts";
import { defaultMapping } from "../src/salesforce/mapping.ts";
import { readOrder } from "../src/salesforce/order-reader.ts";
import { activateOrders, writeStatuses } from "../src/salesforce/status-writer.ts";
import type { StatusRow } from "../src/salesforce/status-writer.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const never = new AbortController().signal;
const family = "801Hs0000000002IAA";
const unicode = "801Hs0000000008IAA";

let dataDir: string;
let org: RunningOrg;
let connection: SalesforceConnection;

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sluice-salesforce-"));
  const seedDir = join(root, "packages/org/seed");
  const seedFiles = (await readdir(seedDir)).filter((name) => name.endsWith(".json")).sort();
  org = await startOrg({
    metadataDirs: [join(root, "salesforce/core"), join(root, "salesforce/demo")],
    dataDir,
    seedFiles: seedFiles.map((name) => join(seedDir, name)),
    port: 0,
    grpcPort: 0,
  });
  connection = createConnection({ sessions: signIn(org.url) });
});

after(async () => {
  await org.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Client credentials, each time anew: what the service keeps and shares is tested with the Pub/Sub client. */
function signIn(url: string): SessionSource {
  return {
    get: async (signal) => {
      const body = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: demoAccess.clientId,
        client_secret: demoAccess.clientSecret,
      });
      const answer = await fetch(`${url}/services/oauth2/token`, { method: "POST", body, signal });
      const token = (await answer.json()) as { access_token: string; instance_url: string; id: string };
      const orgId = token.id.split("/").at(-2) ?? "";
      return { accessToken: token.access_token, instanceUrl: token.instance_url, orgId };
    },
    invalidate: () => undefined,
  };
}

function row(orderId: string, rest: Partial<StatusRow> = {}): StatusRow {
  return {
    orderId,
    status: "In Progress",
    version: 1_795_424_400_000,
    step: "Activate eSIM",
    errorCode: null,
    errorMessage: null,
    startedAt: "2026-11-23T09:00:00.000Z",
    updatedAt: "2026-11-23T09:00:01.000Z",
    completedAt: null,
    ...rest,
  };
}

async function orderFields(orderId: string): Promise<Record<string, unknown>> {
  const path = `/sobjects/Order/${orderId}`;
  return (await connection.request({ method: "GET", path, what: "read an order" }, never)) as Record<
    string,
    unknown
  >;
}

test("a seeded order is read with its lines, their dependencies and its contact", async () => {
  const reading = await readOrder(connection, defaultMapping, family, never);
  if (reading.kind !== "found") assert.fail(JSON.stringify(reading));
  const { order } = reading;
  assert.deepEqual([order.status, order.statusCode, order.totalAmount], ["Draft", "Draft", 57]);
  assert.equal(order.contact?.email, "tom@example.com");
  assert.deepEqual(
    order.lines.map((line) => [line.lineId, line.productCode, line.quantity, line.unitPrice, line.dependsOn]),
    [
      ["802Hs0000000201IAA", "MOB-ESIM-10G", 1, 12, null],
      ["802Hs0000000202IAA", "MOB-ESIM-UNL", 1, 28, null],
      ["802Hs0000000203IAA", "MOB-SIM-10G", 1, 12, null],
      ["802Hs0000000204IAA", "ADD-ROAM-EU", 1, 5, "802Hs0000000202IAA"],
    ],
  );
});

test("text survives the way from the org byte for byte", async () => {
  const reading = await readOrder(connection, defaultMapping, unicode, never);
  if (reading.kind !== "found") assert.fail(JSON.stringify(reading));
  assert.equal(reading.order.accountName, "Żółta Łódź Sp. z o.o. 🚀");
  assert.deepEqual(reading.order.billingAddress, {
    street: "ul. Świętokrzyska 3/5 m. 7",
    city: "Łódź",
    state: "Łódzkie",
    postalCode: "90-001",
    countryCode: "PL",
  });
});

test("an order that never existed is gone", async () => {
  assert.deepEqual(await readOrder(connection, defaultMapping, "801Hs0000009999IAA", never), {
    kind: "gone",
  });
  assert.deepEqual(await writeStatuses(connection, defaultMapping, [row("801Hs0000009999IAA")], never), [
    { kind: "gone" },
  ]);
});

test("a status is written, an older version of it is refused as stale, a newer one is taken", async () => {
  const older = row(family, { version: 1_795_424_399_999, status: "Acknowledged" });
  const newer = row(family, {
    version: 1_795_424_400_001,
    status: "Completed",
    completedAt: "2026-11-23T09:00:02.000Z",
  });
  assert.deepEqual(await writeStatuses(connection, defaultMapping, [row(family)], never), [
    { kind: "written" },
  ]);
  assert.deepEqual(await writeStatuses(connection, defaultMapping, [older], never), [{ kind: "stale" }]);
  assert.equal((await orderFields(family))["Provisioning_Status__c"], "In Progress");
  assert.deepEqual(await writeStatuses(connection, defaultMapping, [newer], never), [{ kind: "written" }]);
  const fields = await orderFields(family);
  assert.equal(fields["Provisioning_Status__c"], "Completed");
  assert.equal(fields["Status"], "Draft");
});

test("one row that the org refuses leaves the others written, and no text is too long", async () => {
  const rows = [
    row("801Hs0000000001IAA", {
      step: "x".repeat(200),
      errorCode: "Y".repeat(80),
      errorMessage: "z".repeat(5_000),
    }),
    row("801Hs0000000003IAA", { status: "Nonsense" }),
  ];
  const [first, second] = await writeStatuses(connection, defaultMapping, rows, never);
  assert.deepEqual(first, { kind: "written" });
  assert.equal(second?.kind === "refused" && second.code, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
});

test("an approval publishes one event; status writes and the activation publish none", async () => {
  const approved = "801Hs0000000010IAA";
  const path = `/sobjects/Order/${approved}`;
  const body = { Status: "Approved" };
  await connection.request({ method: "PATCH", path, body, what: "approve an order" }, never);
  const published = () => org.core.bus.read(defaultMapping.event.topic, 0, 10).length;
  assert.equal(published(), 1);
  assert.equal((await orderFields(approved))["Provisioning_Status__c"], "Not Requested");
  assert.deepEqual(await writeStatuses(connection, defaultMapping, [row(approved)], never), [
    { kind: "written" },
  ]);
  assert.deepEqual(await activateOrders(connection, defaultMapping, [approved], never), [
    { kind: "written" },
  ]);
  const fields = await orderFields(approved);
  assert.deepEqual([fields["Status"], fields["StatusCode"]], ["Activated", "Activated"]);
  assert.equal(published(), 1);
});
