import assert from "node:assert/strict";
import { after, before } from "node:test";
import { billingDemoCredentials, networkDemoToken } from "@sluice/simulators";
import { CommandRefused } from "../src/orders/command-refused.ts";
import { encodeCustomFields } from "../src/provisioning/modules/billing-whmcs/php-array.ts";
import type { ReconcileResult } from "../src/provisioning/reconcile-commands.ts";
import type { Store } from "../src/store/store.ts";
import { openComparison } from "./support/comparison.ts";
import type { Comparison } from "./support/comparison.ts";
import { onEachEngine } from "./support/databases.ts";
import { approver, openServiceStage, startStaged } from "./support/service-stage.ts";
import type { ServiceStage } from "./support/service-stage.ts";

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

onEachEngine(
  "each difference is found, told what to do about, and repaired where it can be",
  async (_kind, engine) => {
    await begin(0);
    const config = stage.configOf(engine);
    {
      await using staged = await startStaged(config);
      approve(completed);
      await staged.until(`${completed} salesforce_activated`);
      await settle(600_000);
      const atWork = [stuck, cancelled, withdrawn, activated, deleted];
      for (const orderId of atWork) approve(orderId);
      for (const orderId of atWork) await staged.until(`${orderId} step_waiting`);
    }
    await using comparison = await openComparison(config, stage.org.core.orgId);
    const { store } = comparison;
    assert.deepEqual(told(await comparison.run()), [], "work that goes on is no finding");
    await makeDifferences(comparison);

    const found = await comparison.run();
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
    const stuckSteps = (outcome: string) =>
      told(found)
        .filter((line) => line.startsWith("STEP_STUCK"))
        .map(() => `STEP_STUCK ${stuck} ${outcome}`);
    assert.ok(stuckSteps("").length > 0);
    assert.deepEqual(
      told(found),
      [
        ...repairable.map((line) => `${line} repairable`),
        ...forPersons,
        ...stuckSteps("repairable"),
      ].toSorted(),
    );
    assert.deepEqual([found.repaired, found.left], [0, found.found]);
    assert.equal(
      found.compared.downstreams.every(({ problem }) => problem === null),
      true,
    );
    assert.equal(await stateOf(store, withdrawn), "waiting", "without --repair nothing is changed");
    assert.equal((await comparison.commands.last())?.report?.found, found.found);
    assert.equal(comparison.told.at(-1)?.findings, found.found);

    const dry = await comparison.run({ repair: true, dryRun: true });
    assert.deepEqual([told(dry), dry.runId], [told(found), null]);
    assert.equal((await comparison.commands.last())?.runId, found.runId, "nothing is kept of a dry run");

    const repaired = await comparison.run({ repair: true });
    const failed = repaired.findings.filter(({ outcome }) => outcome === "failed");
    assert.deepEqual(failed, []);
    assert.deepEqual(
      told(repaired),
      [
        `APPROVAL_MISSING ${lost} repaired`,
        `CANCELLED_UPSTREAM ${cancelled} repaired`,
        `CANCELLED_UPSTREAM ${deleted} handed_over`,
        `ORDER_WITHDRAWN ${withdrawn} handed_over`,
        `ORPHAN_BILLING_ORDER ${stuck} handed_over`,
        `STATUS_DRIFT ${activated} handed_over`,
        `WRITE_BACK_BEHIND ${completed} repaired`,
        ...forPersons,
        ...stuckSteps("repaired"),
      ].toSorted(),
    );
    assert.equal(await stateOf(store, lost), "queued");
    assert.equal(await stateOf(store, cancelled), "held CANCEL_REQUESTED");
    assert.equal(await stateOf(store, deleted), "held ORDER_GONE");
    assert.equal(await stateOf(store, withdrawn), "held ORDER_WITHDRAWN");
    assert.equal(await stateOf(store, activated), "waiting STATUS_DRIFT", "the work goes on");
    assert.equal(await stateOf(store, stuck), "waiting ORPHAN_BILLING_ORDER");
    const { rows } = await store.query<{ outcome: string }>(
      "SELECT outcome FROM effect WHERE effect_key = $1",
      [await effectKeyOf(store, stuck, "add-order")],
    );
    assert.equal(rows[0]?.outcome, "unknown", "whoever tries again looks first");

    const after = await comparison.run({ repair: true });
    assert.deepEqual(
      told(after).filter((line) => !line.startsWith("STEP_STUCK")),
      [`WRITE_BACK_BEHIND ${completed} repaired`, ...forPersons].toSorted(),
      "what persons were asked is not asked again; no service has written yet",
    );
  },
);

onEachEngine("a service carries out what was repaired while it was down", async (_kind, engine) => {
  await begin(0);
  const config = stage.configOf(engine);
  {
    await using staged = await startStaged(config);
    approve(completed);
    await staged.until(`${completed} salesforce_activated`);
  }
  approve(lost);
  set(completed, { Provisioning_Status__c: "In Progress" });
  {
    await using comparison = await openComparison(config, stage.org.core.orgId);
    const { found, repaired } = await comparison.run({ repair: true });
    assert.deepEqual([found, repaired], [2, 2]);
  }
  await using staged = await startStaged(config);
  await staged.until(`${lost} salesforce_activated`);
  assert.equal(stage.org.core.get("Order", completed)?.["Provisioning_Status__c"], "Completed");
  assert.equal(stage.org.core.get("Order", lost)?.["Status"], "Activated");
  const answer = await fetch(`${stage.simulators.url}/__sim/summary`);
  assert.deepEqual(((await answer.json()) as { readonly doubled: readonly unknown[] }).doubled, []);
});

onEachEngine(
  "nothing younger than the grace is a finding, and one comparison runs at a time",
  async (_kind, engine) => {
    await begin(600_000);
    const config = stage.configOf(engine);
    {
      await using staged = await startStaged(config);
      approve(withdrawn);
      await staged.until(`${withdrawn} step_waiting`);
    }
    approve(lost);
    set(withdrawn, { Status: "Draft" });
    const { orgId } = stage.org.core;
    {
      await using patient = await openComparison(config, orgId, { graceMs: 180_000 });
      assert.deepEqual(told(await patient.run()), []);
    }
    await using comparison = await openComparison(config, orgId);
    const running = comparison.run();
    await assert.rejects(comparison.run(), refusedAs("reconciliation_running"));
    assert.equal((await running).found, 2);
    assert.equal((await comparison.run()).found, 2, "the one before has ended");
  },
);

onEachEngine(
  "what was observed is compared with what the org shows, and nothing is repaired",
  async (_kind, engine) => {
    await begin(0);
    const config = stage.configOf(engine, { mode: "observe" });
    {
      await using staged = await startStaged(config);
      for (const orderId of [agrees, lost, unknownProduct]) approve(orderId);
      for (const orderId of [agrees, lost, unknownProduct]) await staged.until(`${orderId} would_do`);
    }
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

onEachEngine("a downstream that does not answer is told, and the rest is compared", async (_kind, engine) => {
  await begin(0);
  const config = stage.configOf(engine);
  {
    await using staged = await startStaged(config);
    approve(completed);
    await staged.until(`${completed} salesforce_activated`);
  }
  approve(lost);
  const locked = { ...config, billing: { ...config.billing, secret: "not the secret" } };
  await using comparison = await openComparison(locked, stage.org.core.orgId);
  const result = await comparison.run();
  assert.deepEqual(told(result), [`APPROVAL_MISSING ${lost} repairable`]);
  const [billing, network] = result.compared.downstreams;
  assert.match(billing?.problem ?? "", /BILLING/);
  assert.deepEqual(network, { module: "network", recorded: 1, expected: 1, problem: null });
});
