import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { StreamItem } from "@sluice/pubsub";
import { commands } from "../src/cli/commands.ts";
import { removeEndpoints, writeEndpoints } from "../src/cli/endpoints-file.ts";
import { systemClock } from "../src/clock.ts";
import { quarantineCommands } from "../src/intake/quarantine-commands.ts";
import { replayCommands } from "../src/intake/replay-commands.ts";
import { toIncoming } from "../src/intake/decode-batch.ts";
import { openPortal } from "../src/portal/open-portal.ts";
import type { Portal } from "../src/portal/open-portal.ts";
import { portalReads } from "../src/portal/portal-reads.ts";
import { quarantineRoutes } from "../src/portal/quarantine-routes.ts";
import { replayRoutes } from "../src/portal/replay-routes.ts";
import { schemasOf } from "../src/store/database.ts";
import { JournalTail } from "../src/store/journal-tail.ts";
import { openPgliteDatabase } from "../src/store/pglite-database.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { admitEvents, countRows, openLedger, orderIdOf, orgId, replayIdOf } from "./support/ledger.ts";
import type { Ledger } from "./support/ledger.ts";
import { outsideOf } from "./support/outside.ts";

const sluice = fileURLToPath(new URL("../src/cli/sluice.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-command-line-"));
const token = "the token of the running service";
let ledger: Ledger;
let portal: Portal;

function received(n: number, payload: object) {
  const raw = Buffer.from(JSON.stringify(payload));
  const envelope = { id: `event-${n}`, replayId: replayIdOf(n), schemaId: "schema", raw };
  return { ...envelope, kind: "event" as const, payload: { ...payload } };
}

/** What the bus keeps: one event that makes sense, one that does not. */
async function* stream(): AsyncGenerator<StreamItem> {
  const events = [received(5, { Order_Id__c: orderIdOf(5) }), received(6, { Order_Id__c: "nobody" })];
  yield { kind: "batch", events, position: replayIdOf(6), receivedAtMs: 0 };
  yield { kind: "batch", events: [], position: replayIdOf(7), receivedAtMs: 0 };
}

before(async () => {
  const database = { kind: "pglite", open: () => openPgliteDatabase(folder, schemasOf("sluice")) } as const;
  ledger = await openLedger(database);
  const outside = outsideOf(ledger);
  const order = { orderNumber: null, accountId: null, approvedById: null, totalAmount: null };
  const at = "2026-11-24T10:00:00.000Z";
  const replay = {
    ...systemClock,
    ...outside,
    patience: { usualMs: 1_000, hurryMs: 100 },
    holder: "test",
    openClient: () => ({ subscribe: () => stream(), close: () => undefined }),
    isApproved: (status: string) => status === "Approved",
    readApprovals: async (ids: readonly string[]) =>
      ids
        .filter((id) => id !== orderIdOf(9))
        .map((orderId) => ({
          ...order,
          orderId,
          status: "Approved",
          approvalSequence: 1,
          approvedAt: at,
          modifiedAt: at,
        })),
  };
  await admitEvents(
    ledger,
    [received(1, { Order_Id__c: "nobody" }), received(2, { Order_Id__c: "" })].map((event) =>
      toIncoming(event, outside.readEvent),
    ),
  );
  portal = await openPortal({
    host: "127.0.0.1",
    port: 0,
    version: "0.0.0",
    token,
    commandRoutes: [quarantineRoutes(quarantineCommands(outside)), replayRoutes(replayCommands(replay))],
    reads: portalReads(ledger.store, () => orgId, new JournalTail()),
    metrics: createMetrics().registry,
    intake: () => Promise.reject(new Error("not asked for")),
    notReady: () => [],
    refreshGauges: async () => undefined,
    onError: (error) => assert.fail(error),
  });
  writeEndpoints(folder, { portal: portal.url, pid: process.pid, token });
});

after(async () => {
  await portal.close();
  await ledger.store.close();
  rmSync(folder, { recursive: true });
});

type Ended = { readonly code: number; readonly output: string; readonly errors: string };

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = {
      PATH: process.env["PATH"] ?? "",
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
      SLUICE_DATA_DIR: folder,
    };
    const child = execFile(process.execPath, [sluice, ...args], { env }, (error, output, errors) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, output, errors });
    });
    child.stdin?.end(`${orderIdOf(7)}, ${orderIdOf(9)}\n`);
  });
}

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${portal.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

test("each command explains itself, with its exit codes", async () => {
  for (const [verb, word] of [
    ["quarantine", "reinject"],
    ["replay", "--earliest"],
  ] as const) {
    const { code, output } = await run(verb, "--help");
    assert.equal(code, 0);
    assert.match(output, new RegExp(`Usage: sluice ${verb}`));
    assert.match(output, new RegExp(word));
    assert.match(output, /Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no service reachable, 4/);
  }
});

const wrongUses: readonly (readonly [readonly string[], RegExp])[] = [
  [["quarantine", "reinject"], /needs the numbers of events, or --all/],
  [["quarantine", "discard", "--all", "--note", "why"], /discard --all needs --reason/],
  [["quarantine", "discard", "1"], /discard needs --note/],
  [["quarantine", "--reason", "odd"], /must be one of undecodable/],
  [["replay"], /give one of --at, --replay-id, --earliest and --orders/],
  [["replay", "--earliest"], /no terminal to ask at/],
  [["replay", "--at", "noon", "--yes"], /must be an ISO 8601 time/],
];

test("wrong usage ends with 2 and says what is wanted", async () => {
  for (const [[verb, ...args], message] of wrongUses) {
    const command = commands.find(({ name }) => name === verb);
    await assert.rejects(command?.run(args) ?? Promise.resolve(), { code: "usage", message });
  }
  assert.equal((await run("quarantine", "reinject")).code, 2);
});

test("lists and shows quarantined events, as text and as JSON", async () => {
  const list = await run("quarantine", "--state", "open");
  assert.equal(list.code, 0);
  assert.match(list.output, /^NUMBER +STATE +REASON/);
  assert.match(list.output, /\n1 +open +invalid/);
  assert.match(list.output, /In all: 2 invalid open\.\n$/);
  const shown = await run("quarantine", "1");
  assert.match(
    shown.output,
    /Now +a re-injection would make it `quarantined`: invalid: Order_Id__c is "nobody"/,
  );
  assert.match(shown.output, /As text:\n\{"Order_Id__c":"nobody"\}/);
  const json = JSON.parse((await run("quarantine", "1", "--json")).output) as Record<string, unknown>;
  assert.deepEqual(json["payload"], { Order_Id__c: "nobody" });
});

test("what stays for a person makes 4, a refusal 1, and a discard is done", async () => {
  const tried = await run("quarantine", "reinject", "--all", "--json");
  assert.equal(tried.code, 4);
  assert.equal((JSON.parse(tried.output) as { stillOpen: number }).stillOpen, 2);
  const unknown = await run("quarantine", "reinject", "77");
  assert.deepEqual([unknown.code, unknown.errors.slice(0, 24)], [1, "sluice: [unknown_event] "]);
  const dry = await run("quarantine", "discard", "2", "--note", "a test", "--dry-run");
  assert.deepEqual([dry.code, dry.output], [0, "1 of 1 events would be discarded.\n"]);
  const discarded = await run("quarantine", "discard", "2", "--note", "a test");
  assert.equal(discarded.code, 0);
  const again = await run("quarantine", "discard", "2", "--note", "a test");
  assert.deepEqual([again.code, again.errors.slice(0, 26)], [1, "sluice: [already_decided] "]);
  const { rows } = await ledger.store.query<{ actor: string }>(
    "SELECT actor FROM journal WHERE order_id IS NULL",
  );
  assert.match(rows[0]?.actor ?? "", /^cli:\w+/);
});

test("a replay tells its preview, and acts with --yes", async () => {
  const preview = await run("replay", "--earliest", "--dry-run");
  assert.equal(preview.code, 4, "an event would be quarantined");
  assert.match(preview.output, /^Preview: 2 events were read\.\n +0 +known already\n +1 +would start\n/);
  assert.match(
    preview.output,
    /1 +would be quarantined\n2 events were delivered from the earliest event and count against/,
  );
  assert.equal(await countRows(ledger.store, "inbox"), 0);
  const done = await run("replay", "--earliest", "--yes", "--json");
  assert.equal(done.code, 4);
  assert.equal((JSON.parse(done.output) as { outcomes: { started: number } }).outcomes.started, 1);
  assert.equal(await countRows(ledger.store, "inbox"), 1);
});

test("a replay of orders takes their ids from standard input, and says which cannot be seen", async () => {
  const { code, output } = await run("replay", "--orders", "-", "--yes");
  assert.equal(code, 4);
  assert.match(output, /^2 orders were read\.\n +0 +known already\n +1 +started\n/);
  assert.match(output, new RegExp(`1 +cannot be seen: .+: ${orderIdOf(9)}`));
});

test("whoever has no token may read and not act, and the API says what it takes", async () => {
  const body = { ids: [1], note: "x" };
  for (const path of ["/api/quarantine/reinject", "/api/quarantine/discard", "/api/replay"]) {
    assert.equal((await post(path, body)).status, 401, path);
  }
  assert.equal((await fetch(`${portal.url}/api/quarantine`)).status, 200);
  const authorization = `Bearer ${token}`;
  assert.equal((await post("/api/quarantine/reinject", { note: "x" }, { authorization })).status, 400);
  assert.equal((await post("/api/quarantine/reinject", { ids: [77] }, { authorization })).status, 404);
  const described = (await (await fetch(`${portal.url}/api/openapi.json`)).json()) as { paths: object };
  for (const path of ["/api/quarantine", "/api/quarantine/{id}", "/api/quarantine/reinject", "/api/replay"]) {
    assert.ok(path in described.paths, path);
  }
});

test("without a service it ends with 3", async () => {
  removeEndpoints(folder);
  const { code, errors } = await run("quarantine");
  assert.equal(code, 3);
  assert.match(errors, /no service is known to run/);
});
