import { createPubSubClient } from "@sluice/pubsub";
import type { PubSubClientOptions } from "@sluice/pubsub";
import type { Clock } from "./clock.ts";
import { openSweeper, runSweep } from "./intake/sweep.ts";
import type { Sweeper } from "./intake/sweep.ts";
import { openWork } from "./open-work.ts";
import type { OrgRun } from "./org-runs.ts";
import { demoCatalogue } from "./provisioning/catalogue.ts";
import { firstStep } from "./provisioning/first-step.ts";
import type { ProvisioningModule } from "./provisioning/module.ts";
import { runObserver } from "./provisioning/observe-orders.ts";
import type { ValidateDeps } from "./provisioning/validate-order.ts";
import { readTopic } from "./read-topic.ts";
import type { SalesforceConnection } from "./salesforce/connection.ts";
import type { SalesforceMapping } from "./salesforce/mapping.ts";
import { standingOf } from "./salesforce/mapping.ts";
import { readOrder } from "./salesforce/order-reader.ts";
import { isSandboxOrg } from "./salesforce/read-organization.ts";
import { readApprovalPages } from "./salesforce/sweep-query.ts";
import { readOrderVisibility } from "./salesforce/view-all.ts";
import type { ServiceConfig } from "./service-config.ts";
import { StartError } from "./start-error.ts";
import { admitFound } from "./store/admit-found.ts";
import { ChangeSignal } from "./store/change-signal.ts";
import type { Deployment } from "./store/deployment.ts";
import { noteSandbox } from "./store/deployment.ts";
import type { GapTopic } from "./store/gap.ts";
import type { JournalTail } from "./store/journal-tail.ts";
import type { Store } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import type { IntakeStatuses } from "./watch.ts";
import { followIntake, problemsOf } from "./watch.ts";

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
  readonly clientOptions: PubSubClientOptions;
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
  const client = createPubSubClient({
    ...system.clientOptions,
    expectedOrgId: orgId,
    onEvent: followIntake(system.statuses, log),
  });
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
          client.close();
          throw error;
        })
      : undefined;
  if (work !== undefined) loops.push(...work.loops(signal));

  // Events in, and what no event told of
  const [firstTopic = system.mapping.event.topic] = system.statuses.keys();
  const gapOpened = new ChangeSignal();
  const sweeper = sweeperOf(system, { orgId, topic: firstTopic });
  const sweep = (until: AbortSignal) =>
    runSweep(
      {
        sweeper,
        intervalMs: config.sweep.intervalMs,
        wait: (delayMs, waiting) => gapOpened.wait(runSweep, delayMs, waiting),
        onProblem: problemsOf(log, "sweep"),
      },
      until,
    );
  if (config.roles.includes("intake")) {
    for (const [topic, status] of system.statuses) {
      // Orders are swept once, however many topics tell of them.
      const beside = topic === firstTopic ? [sweep] : [];
      const reading = { client, topic, status, beside, onGap: () => gapOpened.notify() };
      loops.push(readTopic(system, orgId, reading, handingOver.signal));
    }
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
    client,
    sweeper,
    async close() {
      // Who stands by reads on at once, while the steps that are under way here come to their end.
      handingOver.abort();
      await work?.close();
      stopping.abort();
      await Promise.allSettled(loops);
      client.close();
    },
  };
}

function sweeperOf(
  { clock, log, config, store, connection, mapping, metrics }: System,
  gapTopic: GapTopic,
): Sweeper {
  return openSweeper({
    ...clock,
    database: store.database,
    gapTopic,
    rules: config.sweep,
    readPages: (scope, until) => readApprovalPages(connection, mapping, scope, until),
    readVisibility: (until) => readOrderVisibility(connection, mapping, until),
    standingOf: (orderStatus) => standingOf(orderStatus, mapping),
    admit: (found, receivedAt) => admitFound({ store, firstStep }, gapTopic, found, receivedAt),
    onAdmitted: (count) => metrics.sweepAdmitted.inc(count),
    onProblem: problemsOf(log, "sweep"),
  });
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
