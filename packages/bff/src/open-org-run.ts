import type { PubSubClient } from "@sluice/pubsub";
import type { Clock } from "./clock.ts";
import type { IntakeStatus } from "./intake/intake-status.ts";
import { runIntake } from "./intake/run-intake.ts";
import type { IntakeDeps } from "./intake/run-intake.ts";
import type { OrgRun } from "./org-runs.ts";
import { demoCatalogue } from "./provisioning/catalogue.ts";
import { runStep } from "./provisioning/engine.ts";
import { firstStep } from "./provisioning/first-step.ts";
import { Leases } from "./provisioning/leases.ts";
import type { ProvisioningModule } from "./provisioning/module.ts";
import { runObserver } from "./provisioning/observe-orders.ts";
import { recoverSteps } from "./provisioning/recovery.ts";
import { defaultRetryPolicy } from "./provisioning/retry-policy.ts";
import { runSweeper } from "./provisioning/sweeper.ts";
import type { ValidateDeps } from "./provisioning/validate-order.ts";
import { startWorkers } from "./queue/worker-host.ts";
import type { SalesforceConnection } from "./salesforce/connection.ts";
import { runFlusher } from "./salesforce/flusher.ts";
import type { FlusherDeps } from "./salesforce/flusher.ts";
import type { SalesforceMapping } from "./salesforce/mapping.ts";
import { standingOf } from "./salesforce/mapping.ts";
import { readOrder } from "./salesforce/order-reader.ts";
import { readEvent } from "./salesforce/read-event.ts";
import { isSandboxOrg } from "./salesforce/read-organization.ts";
import { activateOrders, writeStatuses } from "./salesforce/status-writer.ts";
import type { ServiceConfig } from "./service-config.ts";
import { StartError } from "./start-error.ts";
import { admit } from "./store/admit.ts";
import type { ChangeSignal } from "./store/change-signal.ts";
import type { Deployment } from "./store/deployment.ts";
import { noteSandbox } from "./store/deployment.ts";
import { openGap, takePosition } from "./store/intake-position.ts";
import type { JournalTail } from "./store/journal-tail.ts";
import { leadWhilePossible } from "./store/leadership.ts";
import { intakeLease } from "./store/lease.ts";
import type { Store } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import type { IntakeStatuses } from "./watch.ts";
import { countStep, problemsOf, reportHandOff } from "./watch.ts";

/** Steps of one module that run at once. */
const CONCURRENCY: Readonly<Record<string, number>> = { order: 10, billing: 10, network: 20, notify: 5 };

/** At the end calls that are out have so long to be answered. */
const CALLS_GRACE_MS = 5_000;

/** Events asked for at a time; what is admitted waits in the store, so that memory stays small. */
const INTAKE_CREDIT = 100;

const ASK_AGAIN_MS = 5_000;

/** The parts of the process that outlive a run. */
export type System = {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: ServiceConfig;
  readonly store: Store;
  readonly changes: ChangeSignal;
  readonly tail: JournalTail;
  readonly modules: readonly ProvisioningModule[];
  readonly queues: readonly string[];
  readonly connection: SalesforceConnection;
  readonly client: PubSubClient;
  readonly mapping: SalesforceMapping;
  readonly statuses: IntakeStatuses;
  readonly metrics: Metrics;
  /** Names this process among the deployment's. */
  readonly holder: string;
};

/**
 * All that works for one org, by the process's roles and the deployment's mode; observing leaves steps and write-back out.
 *
 * @throws {StartError} `sandbox_with_production_downstreams`
 */
export async function openOrgRun(
  system: System,
  deployment: Deployment,
  opening: AbortSignal,
): Promise<OrgRun> {
  const { clock, log, config, store, changes, tail, connection } = system;
  const { orgId } = deployment;
  await refuseSandboxWithProduction(system, deployment, opening);
  const stopping = new AbortController();
  const { signal } = stopping;
  const handingOver = new AbortController();
  const isLive = deployment.mode === "live";
  const loops = [tail.run(store, orgId, changes, signal, problemsOf(log, "journal"))];
  const waitForChange = (waiter: object) => (delayMs: number, until: AbortSignal) =>
    changes.wait(waiter, delayMs, until);
  const validation: ValidateDeps = {
    catalogue: demoCatalogue,
    readOrder: (id, until) => readOrder(connection, system.mapping, id, until),
    standingOf: (orderStatus) => standingOf(orderStatus, system.mapping),
  };

  // Steps, and what Salesforce is told of them
  const work =
    config.roles.includes("worker") && isLive
      ? await openWork(system, orgId, validation).catch((error: unknown) => {
          // The next try has a journal tail of its own.
          stopping.abort();
          throw error;
        })
      : undefined;
  if (work !== undefined) loops.push(...work.loops(signal));

  // Events in
  if (config.roles.includes("intake")) {
    for (const [topic, status] of system.statuses)
      loops.push(readTopic(system, deployment, topic, status, handingOver.signal));
    if (!isLive) {
      const observe = {
        ...clock,
        store,
        orgId,
        validation,
        waitForChange: waitForChange(runObserver),
        onProblem: problemsOf(log, "observing"),
      };
      loops.push(runObserver(observe, signal));
    }
  }

  return {
    async close() {
      // Who stands by reads on at once, while the steps that are under way here come to their end.
      handingOver.abort();
      await work?.close();
      stopping.abort();
      await Promise.allSettled(loops);
    },
  };
}

/** Reads one topic while this process holds its lease. */
async function readTopic(
  system: System,
  deployment: Deployment,
  topic: string,
  status: IntakeStatus,
  signal: AbortSignal,
): Promise<void> {
  const { orgId } = deployment;
  const { clock, log, store, client, metrics } = system;
  const { database } = store;
  const intake = (epoch: number): IntakeDeps => ({
    ...clock,
    client,
    topic,
    status,
    readEvent: (payload) => readEvent(payload, system.mapping),
    takePosition: () => takePosition(database, orgId, topic, epoch),
    admit: (batch) => admit({ store, firstStep, goLiveAt: deployment.goLiveAt }, batch),
    openGap: (rejected) => openGap(database, { orgId, topic }, rejected),
    capacity: () => INTAKE_CREDIT,
    onHandOff: reportHandOff(metrics, log),
    onProblem: problemsOf(log, "intake"),
  });
  await leadWhilePossible(
    {
      ...clock,
      database,
      lease: { orgId, name: intakeLease(topic) },
      holder: system.holder,
      monotonicNow: () => performance.now(),
      onStandby: (leader) =>
        status.become("standby", leader === undefined ? null : `${leader.holder} reads the topic`),
      onProblem: problemsOf(log, "intake lease"),
    },
    async (epoch, until) => {
      log.info({ topic, epoch }, "reads the topic");
      await runIntake(intake(epoch), until);
    },
    signal,
  );
}

/** Workers for the steps, their leases, and the write-back, which one process of the deployment does at a time. */
async function openWork(system: System, orgId: string, validation: ValidateDeps) {
  const { clock, log, config, store, changes, modules, queues, connection, metrics } = system;
  const { database } = store;
  const leases = new Leases();
  const calls = new AbortController();
  const engine = {
    ...clock,
    store,
    orgId,
    modules,
    leases,
    validation,
    retryPolicy: defaultRetryPolicy,
    onStep: countStep(metrics, log),
  };
  const recovered = await recoverSteps(store, orgId, database.kind === "pglite" ? "all_running" : "expired");
  log.info(recovered, "steps of an earlier run were looked for");
  const served = queues.filter((queue) => config.modules?.includes(queue) ?? true);
  const workers = await startWorkers(
    { pool: database.queuePool, schema: database.schemas.queue },
    served.map((queue) => ({ queue, concurrency: CONCURRENCY[queue] ?? 5 })),
    (job) => runStep(engine, job, calls.signal),
    (queue, error) => log.error({ err: error, queue }, "a worker failed; the sweeper brings its step back"),
  );
  const flusher: FlusherDeps = {
    ...clock,
    store,
    orgId,
    mapping: system.mapping,
    writeStatuses: (rows, until) => writeStatuses(connection, system.mapping, rows, until),
    activateOrders: (ids, until) => activateOrders(connection, system.mapping, ids, until),
    waitForChange: (delayMs, until) => changes.wait(runFlusher, delayMs, until),
    onProblem: problemsOf(log, "write-back"),
  };
  const writeBack = {
    ...clock,
    database,
    lease: { orgId, name: "write-back" },
    holder: system.holder,
    monotonicNow: () => performance.now(),
    onStandby: () => undefined,
    onProblem: problemsOf(log, "write-back lease"),
  };
  const onRecovered = (steps: number) => log.warn({ steps }, "steps of a lost worker were taken up again");
  return {
    loops: (signal: AbortSignal) => [
      leadWhilePossible(writeBack, (_epoch, until) => runFlusher(flusher, until), signal),
      leases.run({ ...clock, store, onProblem: problemsOf(log, "leases") }, signal),
      runSweeper({ ...clock, store, orgId, onRecovered, onProblem: problemsOf(log, "sweeper") }, signal),
    ],
    async close() {
      // Calls that are out may finish, so that no answer is lost; then what still hangs is let go.
      await Promise.race([workers.close(), clock.sleep(CALLS_GRACE_MS, calls.signal)]);
      calls.abort();
      await workers.close();
    },
  };
}

/** Test orders must not reach the real billing: before anything is done the org has to say what it is. */
async function refuseSandboxWithProduction(
  { clock, log, config, store, connection }: System,
  { orgId, isSandbox: known }: Deployment,
  signal: AbortSignal,
): Promise<void> {
  if (config.downstreams !== "production") return;
  let isSandbox = known;
  while (isSandbox === null) {
    try {
      isSandbox = await isSandboxOrg(connection, signal);
      await noteSandbox(store.database, orgId, isSandbox);
    } catch (error) {
      if (signal.aborted) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      log.warn({ problem }, "nothing begins before the org has said whether it is a sandbox");
      await clock.sleep(ASK_AGAIN_MS, signal);
    }
  }
  if (!isSandbox) return;
  throw new StartError(
    "sandbox_with_production_downstreams",
    `org ${orgId} is a sandbox, but SLUICE_DOWNSTREAMS says production: its test orders would be provisioned for real. ` +
      "Point BILLING_URL, NETWORK_URL and MAIL_URL to test systems and set SLUICE_DOWNSTREAMS=test, or sign in to the production org.",
  );
}
