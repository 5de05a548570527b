import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createOrders } from "./support/new-orders.ts";
import { untilAllActivated } from "./support/org-client.ts";
import { readIntake } from "./support/portal-client.ts";
import { runSluice } from "./support/process-tree.ts";
import { openReplicas } from "./support/replicas.ts";
import type { Replica, Replicas } from "./support/replicas.ts";
import { readInFlight, readSummary, setPace, tellSummary } from "./support/simulators-client.ts";
import { waitFor } from "./support/wait-for.ts";

const DEADLINE_MS = 60_000;
const ORDERS = 6;
/** Longer than a lease, so that the other takes over before the leader goes on. */
const PAUSE_MS = 4_000;
/** Shorter than the grace that calls have at the end. */
const SLOW_CALL_MS = 1_500;
const reader = ["serve", "--roles", "intake,portal"];

test("two readers and a worker: one reads, and the other takes over after a kill, a pause and a clean stop", async (t) => {
  await using replicas = await openReplicas();
  const { ground, org } = replicas;
  await setPace(ground.simulatorsUrl, { delayMs: 20, activationMs: 0 });
  const [worker, first] = await Promise.all([replicas.start(["worker"]), replicas.start(reader)]);
  const second = await replicas.start(reader);
  const { leader, epoch } = await replicas.untilLed([first, second]);
  assert.equal(leader, first);
  await replicas.untilStreams(({ length }) => length === 1);
  await assertRoles(replicas, first, second);
  assert.ok(!existsSync(join(worker.dataDir, "endpoints.json")), "a worker has no portal");
  await assert.rejects(fetch(`${worker.portalUrl}/livez`), "a worker listens on its PORT");
  const done = await approveMore(replicas, []);
  await untilAllActivated(org, done, DEADLINE_MS, () => replicas.picture());

  // Killed: what was approved meanwhile is read by the other.
  await first.tree.kill9();
  const killedAtMs = performance.now();
  const approvedMeanwhile = await approveMore(replicas, done);
  const { epoch: secondEpoch } = await replicas.untilLed([second]);
  await replicas.untilStreams(({ length }) => length === 1);
  t.diagnostic(`after kill -9 the other led within ${seconds(killedAtMs)}`);
  assert.ok(secondEpoch > epoch);
  await untilAllActivated(org, approvedMeanwhile, DEADLINE_MS, () => replicas.picture());

  // Paused while events flow: it comes back as a zombie, and commits nothing.
  const third = await replicas.start(reader);
  await assertRoles(replicas, second, third);
  second.tree.pause();
  const pausedAtMs = performance.now();
  const approvedInPause = await approveMore(replicas, approvedMeanwhile);
  const { epoch: thirdEpoch } = await replicas.untilLed([third]);
  t.diagnostic(`after SIGSTOP the other led within ${seconds(pausedAtMs)}`);
  await untilAllActivated(org, approvedInPause, DEADLINE_MS, () => replicas.picture());
  await waitFor("the pause is over", async () => performance.now() - pausedAtMs > PAUSE_MS || undefined, {
    deadlineMs: DEADLINE_MS,
    picture: () => replicas.picture(),
  });
  const before = await replicas.cursor();
  second.tree.resume();
  const approvedAfter = await approveMore(replicas, approvedInPause);
  await assertRoles(replicas, third, second);
  await replicas.untilStreams(({ length }) => length === 1);
  await untilAllActivated(org, approvedAfter, DEADLINE_MS, () => replicas.picture());
  assert.deepEqual(
    { before, after: await replicas.cursor() },
    {
      before: { epoch: thirdEpoch, events: approvedInPause.length },
      after: { epoch: thirdEpoch, events: approvedAfter.length },
    },
  );

  // Stopped cleanly: handed over at once.
  const stoppedAtMs = performance.now();
  const stopping = third.tree.stop();
  await replicas.untilLed([second]);
  t.diagnostic(`after SIGTERM the other led within ${seconds(stoppedAtMs)}`);
  assert.deepEqual(await stopping, { code: 0, signal: null });
  t.diagnostic(`the process ended within ${seconds(stoppedAtMs)}`);
  const all = await approveMore(replicas, approvedAfter);
  await untilAllActivated(org, all, DEADLINE_MS, () => replicas.picture());
  await assertRoles(replicas, second);
  await assertOnce(replicas, all.length, (line) => t.diagnostic(line));

  const withoutPortal = await replicas.start(["serve", "--roles", "intake"]);
  assert.ok(!existsSync(join(withoutPortal.dataDir, "endpoints.json")));
  await assert.rejects(fetch(`${withoutPortal.portalUrl}/livez`));
  assert.deepEqual(await withoutPortal.tree.stop(), { code: 0, signal: null });
  assert.deepEqual(await worker.tree.stop(), { code: 0, signal: null });

  const refused = await runSluice(ground, ["worker"], { DATABASE_URL: "" });
  assert.equal(refused.code, 2);
  assert.match(refused.output, /a worker needs DATABASE_URL/);
});

test("a reader that works on steps too hands the topic over before its calls are answered", async (t) => {
  await using replicas = await openReplicas();
  const { ground, org } = replicas;
  const first = await replicas.start(["serve"]);
  const second = await replicas.start(["serve"]);
  assert.equal((await replicas.untilLed([first, second])).leader, first);
  await setPace(ground.simulatorsUrl, { delayMs: SLOW_CALL_MS, activationMs: 0 });
  const orderIds = await approveMore(replicas, []);
  await waitFor(
    "both are at work",
    async () => ((await readInFlight(ground.simulatorsUrl, 0)).calls >= ORDERS ? true : undefined),
    { deadlineMs: DEADLINE_MS, picture: () => replicas.picture() },
  );

  const stoppedAtMs = performance.now();
  const stopping = first.tree.stop();
  await replicas.untilLed([second]);
  t.diagnostic(`after SIGTERM the other led within ${seconds(stoppedAtMs)}`);
  const { unanswered } = (await readSummary(ground.simulatorsUrl)).calls;
  assert.deepEqual(await stopping, { code: 0, signal: null });
  t.diagnostic(`the process ended within ${seconds(stoppedAtMs)}`);
  assert.ok(unanswered > 0, "no call was under way any more when the other led");
  await setPace(ground.simulatorsUrl, { delayMs: 20, activationMs: 0 });
  await untilAllActivated(org, orderIds, DEADLINE_MS, () => replicas.picture());
  await assertOnce(replicas, orderIds.length, (line) => t.diagnostic(line));
});

/** Approves more orders; returns these and those from before. */
async function approveMore(replicas: Replicas, before: readonly string[]): Promise<readonly string[]> {
  const orderIds = await createOrders(replicas.org, { count: ORDERS, account: "fixture" });
  await replicas.org.approve(orderIds);
  return [...before, ...orderIds];
}

/** The leader streams, the other stands by, both are ready, and each names the leader. */
async function assertRoles(replicas: Replicas, leader: Replica, standby?: Replica): Promise<void> {
  await untilReader(replicas, leader, "streaming", leader);
  if (standby !== undefined) await untilReader(replicas, standby, "standby", leader);
}

async function untilReader(
  replicas: Replicas,
  { portalUrl }: Replica,
  state: "streaming" | "standby",
  leader: Replica,
): Promise<void> {
  await waitFor(
    `${portalUrl} is ${state} and names ${leader.tree.pid}`,
    async () => {
      const intake = await readIntake(portalUrl);
      const isNamed = intake.leader?.holder.endsWith(`:${leader.tree.pid}`) === true;
      return intake.state === state && isNamed ? true : undefined;
    },
    { deadlineMs: DEADLINE_MS, picture: () => replicas.picture() },
  );
  assert.equal((await fetch(`${portalUrl}/readyz`)).status, 200);
}

async function assertOnce(replicas: Replicas, orders: number, tell: (line: string) => void): Promise<void> {
  const summary = await readSummary(replicas.ground.simulatorsUrl);
  tell(tellSummary(summary));
  assert.deepEqual(summary.doubled, []);
  assert.equal(summary.effects.unkeyed, 0);
  const { "mail.Send": mails = 0, "billing.AddClient": _clients, ...others } = summary.effects.byOperation;
  assert.deepEqual(others, {
    "billing.AddOrder": orders,
    "billing.AcceptOrder": orders,
    "network.CreateService": orders,
  });
  assert.equal(mails - summary.repeats.mail, orders);
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(2)} s`;
}
