import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { startPostgresServer } from "../support/postgres-server.ts";
import { openGround } from "./support/ground.ts";
import type { Ground } from "./support/ground.ts";
import { createOrders } from "./support/new-orders.ts";
import { signIn, untilAllActivated } from "./support/org-client.ts";
import { readServicePid } from "./support/portal-client.ts";
import { startDev } from "./support/process-tree.ts";
import type { ProcessTree } from "./support/process-tree.ts";
import { readInFlight, readSummary, setPace, tellSummary } from "./support/simulators-client.ts";
import type { InFlight } from "./support/simulators-client.ts";
import { systemPicture } from "./support/system-picture.ts";
import { waitFor } from "./support/wait-for.ts";

const ORDERS = 50;
/** Half of the orders share one household, so that they race for one billing client. */
const OWN_HOUSEHOLDS = 25;
const MIN_IN_FLIGHT = 10;
const MIN_UNHEARD_EFFECTS = 3;
/** The aim is 20 s on a machine of its own; the seconds are printed, and this bound is for one under load. */
const DEADLINE_MS = 60_000;

test("50 orders survive a kill -9 of every process", async (t) => {
  await using ground = await openGround();
  await using first = await startDev(ground);
  const orderIds = await approveFifty(ground);
  await killInFlight(t, ground, first, 60);

  await using second = await startDev(ground);
  await assertAllOnce(t, ground, second, orderIds);
});

test("50 orders survive a kill -9 of every process when the database is a PostgreSQL server", async (t) => {
  const postgres = await startPostgresServer();
  t.after(() => postgres.stop());
  await using ground = await openGround({ DATABASE_URL: postgres.url });
  await using first = await startDev(ground);
  const orderIds = await approveFifty(ground);
  await killInFlight(t, ground, first, 60);

  await using second = await startDev(ground);
  await assertAllOnce(t, ground, second, orderIds);
});

test("50 orders survive a second kill -9 in the middle of the recovery", async (t) => {
  await using ground = await openGround();
  await using first = await startDev(ground);
  const orderIds = await approveFifty(ground);
  await killInFlight(t, ground, first, 30);

  await using second = await startDev(ground);
  await killInFlight(t, ground, second, 100);

  await using third = await startDev(ground);
  await assertAllOnce(t, ground, third, orderIds);
});

test("orders approved while only the service is down are provisioned once it is back", async (t) => {
  await using ground = await openGround();
  await using others = await startDev(ground, ["--without", "service"]);
  {
    // Adopts the org; approvals before the service's first start would be older than its go-live.
    await using service = await startDev(ground, ["--only", "service"]);
    await service.kill9();
  }
  const org = await signIn(ground.orgUrl);
  const orderIds = await createOrders(org, { count: 20, account: "own" });
  await org.approve(orderIds);
  assert.equal((await readSummary(ground.simulatorsUrl)).calls.started, 0, others.output);

  await using service = await startDev(ground, ["--only", "service"]);
  const picture = () => systemPicture(ground, service);
  const seconds = await untilAllActivated(org, orderIds, DEADLINE_MS, picture);
  t.diagnostic(`20 orders were Completed and Activated ${seconds.toFixed(1)} s after the service was ready`);
  await assertEffects(t, ground, { orders: 20, clients: 20 });
});

test("a service that dies alone is started again and goes on", async (t) => {
  await using ground = await openGround();
  await using tree = await startDev(ground);
  await setPace(ground.simulatorsUrl, { delayMs: 300, activationMs: 0 });
  const org = await signIn(ground.orgUrl);
  const orderIds = await createOrders(org, { count: 5, account: "own" });
  await org.approve(orderIds);
  await untilInFlight(ground, tree, { calls: 3, withEffect: 1, effects: 5 });
  process.kill(readServicePid(ground.dataDir), "SIGKILL");

  const seconds = await untilAllActivated(org, orderIds, DEADLINE_MS, () => systemPicture(ground, tree));
  t.diagnostic(`5 orders were Completed and Activated ${seconds.toFixed(1)} s after the service was killed`);
  assert.match(tree.output, /service +was killed by SIGKILL; starting again in 0\.5 s/);
  await assertEffects(t, ground, { orders: 5, clients: 5 });
});

async function approveFifty(ground: Ground): Promise<readonly string[]> {
  await setPace(ground.simulatorsUrl, { delayMs: 300, activationMs: 0 });
  const org = await signIn(ground.orgUrl);
  const own = await createOrders(org, { count: OWN_HOUSEHOLDS, account: "own" });
  const shared = await createOrders(org, { count: ORDERS - OWN_HOUSEHOLDS, account: "fixture" });
  // Mixed, so that both kinds are under way when the power goes.
  const orderIds = own.flatMap((id, index) => [id, shared[index] ?? []].flat());
  assert.equal(orderIds.length, ORDERS);
  await org.approve(orderIds);
  return orderIds;
}

/**
 * Kills everything once at least `effects` effects were made and enough calls are under way whose answers nobody will
 * hear. Some of those must have had their effect already: they are the ones that a careless restart would repeat.
 */
async function killInFlight(
  t: TestContext,
  ground: Ground,
  tree: ProcessTree,
  effects: number,
): Promise<void> {
  const inFlight = await untilInFlight(ground, tree, {
    calls: MIN_IN_FLIGHT,
    withEffect: MIN_UNHEARD_EFFECTS,
    effects,
  });
  const summary = await readSummary(ground.simulatorsUrl);
  await tree.kill9();
  t.diagnostic(
    `kill -9 of every process with ${inFlight.calls} calls in flight, ` +
      `${inFlight.withEffect} of them after their effect: ${tellSummary(summary)}`,
  );
  await assert.rejects(fetch(`${ground.portalUrl}/livez`), "the service outlived the kill");
  await assert.rejects(readSummary(ground.simulatorsUrl), "the simulators outlived the kill");
  await assert.rejects(signIn(ground.orgUrl), "the org outlived the kill");
}

function untilInFlight(
  ground: Ground,
  tree: ProcessTree,
  least: InFlight & { readonly effects: number },
): Promise<InFlight> {
  return waitFor(
    `in flight are at least ${JSON.stringify(least)}`,
    async () => {
      const { effects } = await readSummary(ground.simulatorsUrl);
      if (effects.total < least.effects) return undefined;
      const inFlight = await readInFlight(ground.simulatorsUrl, tree.startedAtMs);
      return inFlight.calls >= least.calls && inFlight.withEffect >= least.withEffect ? inFlight : undefined;
    },
    { deadlineMs: DEADLINE_MS, intervalMs: 10, picture: () => systemPicture(ground, tree) },
  );
}

async function assertAllOnce(
  t: TestContext,
  ground: Ground,
  tree: ProcessTree,
  orderIds: readonly string[],
): Promise<void> {
  const org = await signIn(ground.orgUrl);
  const seconds = await untilAllActivated(org, orderIds, DEADLINE_MS, () => systemPicture(ground, tree));
  t.diagnostic(
    `all ${ORDERS} orders were Completed and Activated ${seconds.toFixed(1)} s after the start was ready`,
  );
  await assertEffects(t, ground, { orders: ORDERS, clients: OWN_HOUSEHOLDS + 1 });
}

/** Judged by the downstreams' own record. Mail may repeat; the simulator counts repeats apart. */
async function assertEffects(
  t: TestContext,
  ground: Ground,
  expected: { readonly orders: number; readonly clients: number },
): Promise<void> {
  const summary = await readSummary(ground.simulatorsUrl);
  t.diagnostic(tellSummary(summary));
  assert.deepEqual(summary.doubled, []);
  assert.equal(summary.effects.unkeyed, 0);
  const { "mail.Send": mails = 0, ...others } = summary.effects.byOperation;
  assert.deepEqual(others, {
    "billing.AddClient": expected.clients,
    "billing.AddOrder": expected.orders,
    "billing.AcceptOrder": expected.orders,
    "network.CreateService": expected.orders,
  });
  assert.equal(mails - summary.repeats.mail, expected.orders);
}
