import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { billingDemoCredentials, networkDemoToken } from "@sluice/simulators";
import { writeEndpoints } from "../../src/cli/endpoints-file.ts";
import { CommandRefused } from "../../src/orders/command-refused.ts";
import { encodeCustomFields } from "../../src/provisioning/modules/billing-whmcs/php-array.ts";
import type { ReconcileResult } from "../../src/provisioning/reconcile-commands.ts";
import type { ServiceConfig } from "../../src/service-config.ts";
import type { Store } from "../../src/store/store.ts";
import { openComparison } from "../support/comparison.ts";
import type { Comparison } from "../support/comparison.ts";
import type { Engine } from "../support/databases.ts";
import { onPostgresEngine } from "../support/databases.ts";
import { approver, openServiceStage, startStaged } from "../support/service-stage.ts";
import type { ServiceStage, StagedService } from "../support/service-stage.ts";

const sluice = fileURLToPath(new URL("../../src/cli/sluice.ts", import.meta.url));

let stage: ServiceStage;
before(async () => {
  stage = await openServiceStage();
});
after(() => stage[Symbol.asyncDispose]());

const orderOf = (n: number): string => `801Hs${String(n).padStart(10, "0")}IAA`;
const completed = orderOf(1);
const stuck = orderOf(2);
const cancelled = orderOf(3);
const withdrawn = orderOf(5);
const activated = orderOf(6);
const deleted = orderOf(8);
const agrees = orderOf(9);
const unknownProduct = orderOf(11);
const lost = orderOf(12);

function set(orderId: string, values: Readonly<Record<string, string>>): void {
  stage.org.core.update(approver, "Order", orderId, values);
}

function approve(orderId: string): void {
  set(orderId, { Status: "Approved" });
}

async function send(url: string, method: "POST" | "PUT", body: object, token = ""): Promise<void> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${url}: ${answer.status}`);
}

async function begin(activationMs: number): Promise<void> {
  await send(`${stage.org.url}/__org/reset`, "POST", {});
  await send(`${stage.simulators.url}/__sim/reset`, "POST", {});
  await settle(activationMs);
}

const settle = (activationMs: number) =>
  send(`${stage.simulators.url}/__sim/settings`, "PUT", { activationMs });

const addService = (externalId: string) =>
  send(
    `${stage.simulators.url}/network/service`,
    "POST",
    { externalId, specification: "esim" },
    networkDemoToken,
  );

async function addBillingOrder(clientId: string, key: string): Promise<void> {
  const answer = await fetch(`${stage.simulators.url}/billing/includes/api.php`, {
    method: "POST",
    body: new URLSearchParams({
      ...billingDemoCredentials,
      action: "AddOrder",
      responsetype: "json",
      clientid: clientId,
      paymentmethod: "stripe",
      "pid[0]": "101",
      "billingcycle[0]": "monthly",
      "customfields[0]": encodeCustomFields(new Map([[1, key]])),
    }),
  });
  assert.match(await answer.text(), /"success"/);
}

async function effectKeyOf(store: Store, orderId: string, operation: string): Promise<string> {
  const { rows } = await store.query<{ effect_key: string }>(
    `SELECT effect_key FROM step JOIN order_revision USING (revision_id)
     WHERE order_id = $1 AND operation = $2 ORDER BY step_id LIMIT 1`,
    [orderId, operation],
  );
  return rows[0]?.effect_key ?? assert.fail(`${orderId} has no ${operation}`);
}

const refusedAs = (code: string) => (error: unknown) =>
  error instanceof CommandRefused && error.code === code;

/** Lets the command find the service. */
function serve({ dataDir }: Engine, { service }: StagedService): void {
  writeEndpoints(dataDir, { portal: service.url ?? "", pid: process.pid, token: service.token });
}

type Ended = { readonly code: number; readonly output: string; readonly errors: string };

function run({ dataDir }: Engine, ...args: readonly string[]): Promise<Ended> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
    SLUICE_DATA_DIR: dataDir,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [sluice, ...args], { env }, (error, output, errors) =>
      resolve({ code: error === null ? 0 : Number(error.code), output, errors }),
    );
  });
}

/** Steps are stuck in numbers; a test of them is enough. */
function withoutStuck(result: ReconcileResult): readonly string[] {
  return told(result).filter((line) => !line.startsWith("STEP_STUCK"));
}

/** `CODE order outcome`, sorted. */
function told({ findings }: ReconcileResult): readonly string[] {
  return findings.map(({ code, orderId, outcome }) => `${code} ${orderId ?? "-"} ${outcome}`).toSorted();
}

async function stateOf(store: Store, orderId: string): Promise<string> {
  const { rows } = await store.query<{ said: string }>(
    `SELECT concat_ws(' ', state, (SELECT string_agg(f.code, ',') FROM fallout f
                                   WHERE f.revision_id = r.revision_id AND f.resolved_at IS NULL)) AS said
     FROM order_revision r WHERE order_id = $1 AND state <> 'absorbed' ORDER BY revision_id DESC LIMIT 1`,
    [orderId],
  );
  return rows[0]?.said ?? "unknown";
}

/** One of each difference, made in the org, in the store and in the downstreams while no service runs. */
async function makeDifferences({ store }: Comparison): Promise<void> {
  approve(lost);
  set(cancelled, { Status: "Cancelled" });
  set(withdrawn, { Status: "Draft" });
  set(activated, { Status: "Activated" });
  stage.org.core.delete(approver, "Order", deleted);
  set(completed, { Provisioning_Status__c: "In Progress" });

  await addService("ab".repeat(20));
  const { rows: clients } = await store.query<{ id: string }>(
    "SELECT result ->> 'clientId' AS id FROM step WHERE operation = 'ensure-client' LIMIT 1",
  );
  await addBillingOrder(clients[0]?.id ?? "", "cd".repeat(20));
  await addService("not one of our keys");
  await addService(await effectKeyOf(store, completed, "activate"));
  const step =
    "(SELECT step_id FROM step JOIN order_revision USING (revision_id) WHERE order_id = $1 AND operation = $2)";
  await store.query(
    `INSERT INTO effect (effect_key, step_id, outcome, answered_at, reference)
     SELECT repeat('ef', 20), step_id, 'done', now(), '4711' FROM step WHERE step_id = ${step}`,
    [completed, "add-order"],
  );
  await store.query(`UPDATE effect SET outcome = 'not_done' WHERE step_id = ${step}`, [stuck, "add-order"]);
  await store.query(
    `UPDATE step SET wake_at = now() - interval '1 hour' WHERE state = 'ready'
       AND revision_id = (SELECT revision_id FROM order_revision WHERE order_id = $1)`,
    [stuck],
  );
}

onPostgresEngine(
  "each difference is found, told what to do about, repaired where it can be, and carried out",
  async (kind, engine) => {
    await begin(0);
    const config = stage.configOf(engine);
    const { orgId } = stage.org.core;
    {
      await using staged = await startStaged(config);
      approve(completed);
      await staged.until(`${completed} salesforce_activated`);
      await settle(600_000);
      const atWork = [stuck, cancelled, withdrawn, activated, deleted];
      for (const orderId of atWork) approve(orderId);
      for (const orderId of atWork) await staged.until(`${orderId} step_waiting`);
    }
    {
      await using comparison = await openComparison(config, orgId);
      assert.deepEqual(told(await comparison.run()), [], "work that goes on is no finding");
      await makeDifferences(comparison);
    }
    {
      await using patient = await openComparison(config, orgId, { graceMs: 180_000 });
      const codes = (await patient.run()).findings.map(({ code }) => code);
      const whateverItsAge = [
        "DOUBLED_EFFECT",
        "ORPHAN_BILLING_ORDER",
        "ORPHAN_NETWORK_SERVICE",
        "STEP_STUCK",
      ];
      assert.deepEqual([...new Set(codes)].toSorted(), whateverItsAge, "nothing younger than the grace");
    }
    {
      const locked = { ...config, billing: { ...config.billing, secret: "not the secret" } };
      await using comparison = await openComparison(locked, orgId);
      const { compared, findings } = await comparison.run();
      const [billing, network] = compared.downstreams;
      assert.match(billing?.problem ?? "", /BILLING/);
      assert.equal(network?.problem, null);
      assert.ok(findings.some(({ code }) => code === "ORPHAN_NETWORK_SERVICE"));
    }
    await compareAndRepair(config, orgId);

    await settle(0);
    await using staged = await startStaged(config);
    await staged.until(`${lost} salesforce_activated`);
    assert.equal(stage.org.core.get("Order", completed)?.["Provisioning_Status__c"], "Completed");
    assert.equal(stage.org.core.get("Order", lost)?.["Status"], "Activated");
    if (kind === "postgres") return;
    serve(engine, staged);
    const { code, output } = await run(engine, "reconcile", "--json");
    assert.equal(code, 4);
    const result = JSON.parse(output) as ReconcileResult;
    assert.deepEqual(
      told(result).filter((line) => line.startsWith("DOUBLED")),
      [`DOUBLED_EFFECT ${completed} person`],
    );
    const text = await run(engine, "reconcile", "--dry-run", "--since", "2026-01-01T00:00:00Z");
    assert.equal(text.code, 4);
    assert.match(
      text.output,
      /DOUBLED_EFFECT {2}00000101 {2}needs a person\n {4}network has s-\d+ and s-\d+ under our key/,
    );
    const last = await staged.get<{ readonly last: { readonly runId: number } }>("/api/reconcile");
    assert.equal(last.last.runId, result.runId);
  },
);

async function compareAndRepair(config: ServiceConfig, orgId: string): Promise<void> {
  await using comparison = await openComparison(config, orgId);
  const { store } = comparison;
  const running = comparison.run();
  await assert.rejects(comparison.run(), refusedAs("reconciliation_running"));
  const found = await running;
  const repairable = [
    `APPROVAL_MISSING ${lost}`,
    `CANCELLED_UPSTREAM ${cancelled}`,
    `CANCELLED_UPSTREAM ${deleted}`,
    `ORDER_WITHDRAWN ${withdrawn}`,
    `ORPHAN_BILLING_ORDER ${stuck}`,
    `STATUS_DRIFT ${activated}`,
    `WRITE_BACK_BEHIND ${completed}`,
  ];
  const forPersons = [
    `DOUBLED_EFFECT ${completed} person`,
    `EFFECT_MISSING ${completed} person`,
    "ORPHAN_BILLING_ORDER - person",
    "ORPHAN_NETWORK_SERVICE - person",
  ];
  const stuckLine = told(found).find((line) => line.startsWith("STEP_STUCK"));
  assert.equal(stuckLine, `STEP_STUCK ${stuck} repairable`);
  assert.deepEqual(
    withoutStuck(found),
    [...repairable.map((line) => `${line} repairable`), ...forPersons].toSorted(),
  );
  assert.deepEqual([found.repaired, found.left], [0, found.found]);
  assert.ok(found.findings.every(({ advice }) => advice !== ""));
  assert.equal(await stateOf(store, withdrawn), "waiting", "without --repair nothing is changed");
  assert.equal((await comparison.commands.last())?.report?.found, found.found);
  assert.equal(comparison.told.at(-1)?.findings, found.found);

  const dry = await comparison.run({ repair: true, dryRun: true });
  assert.deepEqual([told(dry), dry.runId], [told(found), null]);
  assert.equal((await comparison.commands.last())?.runId, found.runId, "nothing is kept of a dry run");

  const repaired = await comparison.run({ repair: true });
  const handedOver = new Set([deleted, withdrawn, stuck, activated]);
  const outcomeOf = (line: string) => (handedOver.has(line.split(" ")[1] ?? "") ? "handed_over" : "repaired");
  assert.deepEqual(
    withoutStuck(repaired),
    [...repairable.map((line) => `${line} ${outcomeOf(line)}`), ...forPersons].toSorted(),
  );
  const states = {
    [lost]: "queued",
    [cancelled]: "held CANCEL_REQUESTED",
    [deleted]: "held ORDER_GONE",
    [withdrawn]: "held ORDER_WITHDRAWN",
    // The work goes on beside the question.
    [activated]: "waiting STATUS_DRIFT",
    [stuck]: "waiting ORPHAN_BILLING_ORDER",
  };
  for (const [orderId, state] of Object.entries(states)) assert.equal(await stateOf(store, orderId), state);
  const { rows } = await store.query<{ outcome: string }>(
    "SELECT outcome FROM effect WHERE effect_key = $1",
    [await effectKeyOf(store, stuck, "add-order")],
  );
  assert.equal(rows[0]?.outcome, "unknown", "whoever tries again looks first");

  assert.deepEqual(
    withoutStuck(await comparison.run({ repair: true })),
    [`WRITE_BACK_BEHIND ${completed} repaired`, ...forPersons].toSorted(),
    "what persons were asked is not asked again; no service has written yet",
  );
}

onPostgresEngine(
  "what was observed is compared with what the org shows, and nothing is repaired",
  async (kind, engine) => {
    await begin(0);
    const config = stage.configOf(engine, { mode: "observe" });
    {
      await using staged = await startStaged(config);
      for (const orderId of [agrees, lost, unknownProduct]) approve(orderId);
      for (const orderId of [agrees, lost, unknownProduct]) await staged.until(`${orderId} would_do`);
      if (kind === "pglite") await runWithoutFindings(engine, staged);
    }
    if (kind === "pglite") assert.equal((await run(engine, "reconcile")).code, 3, "no service runs");
    set(agrees, { Status: "Activated" });
    set(unknownProduct, { Status: "Activated" });
    const { orgId } = stage.org.core;
    {
      await using comparison = await openComparison(config, orgId);
      const { observed, found } = await comparison.run();
      assert.equal(found, 0);
      const { differences, ...counts } = observed;
      assert.deepEqual(counts, { compared: 3, agree: 1, undecided: 1, differ: 1 });
      assert.equal(differences[0]?.orderId, unknownProduct);
      assert.match(differences[0]?.detail ?? "", /would have been held/);
      await assert.rejects(comparison.run({ repair: true }), refusedAs("observing"));
    }
    await using later = await openComparison(config, orgId, { now: () => Date.now() + 2 * 3_600_000 });
    const { differences } = (await later.run()).observed;
    assert.deepEqual(
      differences.map(({ orderId }) => orderId),
      [unknownProduct, lost],
    );
  },
);

async function runWithoutFindings(engine: Engine, staged: StagedService): Promise<void> {
  serve(engine, staged);
  const clean = await run(engine, "reconcile");
  assert.equal(clean.code, 0, clean.errors);
  assert.match(clean.output, /Nothing differs\.\n$/);
  const refused = await run(engine, "reconcile", "--repair");
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /observes and changes nothing/);
  const wrong = await run(engine, "reconcile", "--since", "yesterday");
  assert.equal(wrong.code, 2);
  assert.match(wrong.errors, /--since is no time: yesterday/);
  const help = await run(engine, "reconcile", "--help");
  assert.equal(help.code, 0);
  for (const word of ["--since", "--repair", "--dry-run", "What it costs", "Exit codes"])
    assert.ok(help.output.includes(word), word);
}
