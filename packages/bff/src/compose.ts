import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createPubSubClient } from "@sluice/pubsub";
import type { ClientEvent, PubSubClientOptions } from "@sluice/pubsub";
import { adoptOrg } from "./adopt-org.ts";
import type { Clock } from "./clock.ts";
import type { Deployment } from "./store/deployment.ts";
import { quarantineCommands } from "./intake/quarantine-commands.ts";
import { replayCommands } from "./intake/replay-commands.ts";
import { usualPatience } from "./intake/short-subscription.ts";
import { IntakeStatus } from "./intake/intake-status.ts";
import { runIntake } from "./intake/run-intake.ts";
import type { IntakeDeps } from "./intake/run-intake.ts";
import { openPortal } from "./portal/open-portal.ts";
import { quarantineRoutes } from "./portal/quarantine-routes.ts";
import { replayRoutes } from "./portal/replay-routes.ts";
import { portalReads } from "./portal/portal-reads.ts";
import { demoCatalogue } from "./provisioning/catalogue.ts";
import { runStep } from "./provisioning/engine.ts";
import { LOCAL_MODULE, firstStep } from "./provisioning/first-step.ts";
import { Leases } from "./provisioning/leases.ts";
import { openBilling } from "./provisioning/modules/billing-whmcs/open-billing.ts";
import { openNetwork } from "./provisioning/modules/network-http/open-network.ts";
import { openNotify } from "./provisioning/modules/notify-smtp/open-notify.ts";
import { recoverSteps } from "./provisioning/recovery.ts";
import { defaultRetryPolicy } from "./provisioning/retry-policy.ts";
import { runSweeper } from "./provisioning/sweeper.ts";
import { startWorkers } from "./queue/worker-host.ts";
import { createConnection } from "./salesforce/connection.ts";
import { runFlusher } from "./salesforce/flusher.ts";
import type { FlusherDeps } from "./salesforce/flusher.ts";
import { defaultMapping, standingOf } from "./salesforce/mapping.ts";
import { readApprovals } from "./salesforce/read-approvals.ts";
import { readOrder } from "./salesforce/order-reader.ts";
import { readEvent } from "./salesforce/read-event.ts";
import { activateOrders, writeStatuses } from "./salesforce/status-writer.ts";
import type { ServiceConfig } from "./service-config.ts";
import { onlyOfOrg, openSessions } from "./sign-in.ts";
import { admit } from "./store/admit.ts";
import { admitWithin } from "./store/admit-within.ts";
import type { OutsideBatch } from "./store/admit-within.ts";
import { ChangeSignal } from "./store/change-signal.ts";
import { openDatabase } from "./store/open-database.ts";
import { openGap, takePosition } from "./store/intake-position.ts";
import type { FeedEntry } from "./store/journal-feed.ts";
import { JournalTail } from "./store/journal-tail.ts";
import { openStore } from "./store/store.ts";
import type { StoreTransaction } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import {
  countSalesforceCall,
  countStep,
  followIntake,
  intakeView,
  refreshGauges,
  problemsOf,
  reportHandOff,
} from "./watch.ts";

/** Steps of one module that run at once. */
const CONCURRENCY: Readonly<Record<string, number>> = { order: 10, billing: 10, network: 20, notify: 5 };

/** At the end calls that are out have so long to be answered. */
const CALLS_GRACE_MS = 5_000;

/** Events asked for at a time; what is admitted waits in the store, so that memory stays small. */
const INTAKE_CREDIT = 100;

export type ServiceDeps = {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Each thing that happens to an order, in commit order. Must not throw. */
  onEntry(entry: FeedEntry): void;
};

export type Service = {
  readonly url: string;
  readonly orgId: string;
  /** What commands have to show; it lives as long as the process. */
  readonly token: string;
  close(): Promise<void>;
};

/** The whole system: events come in, steps run, statuses go back, people see it. Resolves when all of it works. */
export async function startService(config: ServiceConfig, deps: ServiceDeps): Promise<Service> {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  await using parts = new AsyncDisposableStack();
  const mapping = defaultMapping;
  const topic = config.salesforce.topic ?? mapping.event.topic;
  const metrics = createMetrics();
  const status = new IntakeStatus();
  const token = randomBytes(32).toString("base64url");
  let orgId = config.salesforce.orgId ?? undefined;

  // State, and the jobs it causes
  const modules = [openBilling(config.billing), openNetwork(config.network), openNotify(config.mail)];
  const queues = [LOCAL_MODULE, ...modules.map((module) => module.name)];
  const database = await openDatabase(config, queues.length);
  const store = await openStore(database, queues);
  parts.defer(() => store.close());
  const changes = new ChangeSignal();
  parts.defer(await store.onChange(() => changes.notify()));

  // Salesforce
  const sessions = onlyOfOrg(
    openSessions(config.salesforce, () => clock.now()),
    () => orgId,
  );
  const connection = createConnection({ sessions, onCall: countSalesforceCall(metrics) });
  const clientOptions: PubSubClientOptions = {
    endpoint: config.salesforce.pubsubEndpoint,
    auth: sessions,
    ...(config.salesforce.pubsubCaPem === null ? {} : { ca: config.salesforce.pubsubCaPem }),
    clock: () => clock.now(),
    random: () => clock.random(),
    sleep: (delayMs, until) => clock.sleep(delayMs, until),
  };
  const client = createPubSubClient({ ...clientOptions, onEvent: followIntake(status, log) });
  parts.defer(() => client.close());

  // What people order beside the stream
  let adopted: Deployment | undefined;
  const outside = {
    ...clock,
    store,
    topic,
    client,
    patience: usualPatience,
    holder: `${hostname()} ${process.pid}`,
    orgId: () => adopted?.orgId,
    readEvent: (payload: Readonly<Record<string, unknown>>) => readEvent(payload, mapping, adopted?.orgId),
    admit: (tx: StoreTransaction, batch: OutsideBatch) => admitWithin(tx, { firstStep }, batch),
    openClient: (onEvent: (event: ClientEvent) => void) => createPubSubClient({ ...clientOptions, onEvent }),
    readApprovals: (ids: readonly string[], until: AbortSignal) =>
      readApprovals(connection, mapping, ids, until),
    isApproved: (orderStatus: string) => standingOf(orderStatus, mapping) === "approved",
  };
  const commandRoutes = [
    quarantineRoutes(quarantineCommands(outside)),
    replayRoutes(replayCommands(outside)),
  ];

  // What people see; open before Salesforce answers, so that they see why nothing happens
  const tail = new JournalTail();
  const portal = await openPortal({
    ...config.portal,
    version: deps.version,
    token,
    commandRoutes,
    reads: portalReads(store, () => orgId, tail),
    metrics: metrics.registry,
    intake: () => intakeView(database, status, orgId, topic),
    notReady: () => status.notReady(),
    refreshGauges: () => refreshGauges(metrics, database, status, clock.now()),
    onError: (error) => log.error({ err: error }, "a request failed"),
  });
  parts.defer(() => portal.close());

  const onWaiting = (reason: string) => {
    status.become("starting", reason);
    log.warn({ reason }, "waiting for Salesforce");
  };
  const { goLiveAt } = config;
  const expectedOrgId = config.salesforce.orgId;
  const deployment = await adoptOrg(
    { database, sessions, clock, expectedOrgId, goLiveAt, onWaiting },
    signal,
  );
  adopted = deployment;
  const org = deployment.orgId;
  orgId = org;

  // Steps: what was running when the process died comes first
  const leases = new Leases();
  const calls = new AbortController();
  const engine = {
    ...clock,
    store,
    modules,
    leases,
    retryPolicy: defaultRetryPolicy,
    onStep: countStep(metrics, log),
    validation: {
      catalogue: demoCatalogue,
      readOrder: (id: string, until: AbortSignal) => readOrder(connection, mapping, id, until),
      standingOf: (orderStatus: string) => standingOf(orderStatus, mapping),
    },
  };
  const recovered = await recoverSteps(store, database.kind === "pglite" ? "all_running" : "expired");
  log.info(recovered, "steps of an earlier run were looked for");
  const workers = await startWorkers(
    { pool: database.queuePool, schema: database.schemas.queue },
    queues.map((queue) => ({ queue, concurrency: CONCURRENCY[queue] ?? 5 })),
    (job) => runStep(engine, job, calls.signal),
    (queue, error) => log.error({ err: error, queue }, "a worker failed; the sweeper brings its step back"),
  );
  parts.defer(() => workers.close());

  // Events in, statuses out
  const intake: IntakeDeps = {
    ...clock,
    client,
    topic,
    status,
    readEvent: (payload) => readEvent(payload, mapping, org),
    takePosition: () => takePosition(database, org, topic),
    admit: (batch) => admit({ store, firstStep }, batch),
    openGap: (rejected) => openGap(database, { orgId: org, topic }, rejected),
    capacity: () => INTAKE_CREDIT,
    onHandOff: reportHandOff(metrics, log),
    onProblem: problemsOf(log, "intake"),
  };
  const flusher: FlusherDeps = {
    ...clock,
    store,
    orgId: org,
    mapping,
    writeStatuses: (rows, until) => writeStatuses(connection, mapping, rows, until),
    activateOrders: (ids, until) => activateOrders(connection, mapping, ids, until),
    waitForChange: (delayMs, until) => changes.wait(runFlusher, delayMs, until),
    onProblem: problemsOf(log, "write-back"),
  };
  const onRecovered = (steps: number) => log.warn({ steps }, "steps of a lost worker were taken up again");
  const loops = [
    tail.run(store, org, changes, signal, problemsOf(log, "journal")),
    runIntake(intake, signal),
    runFlusher(flusher, signal),
    leases.run({ ...clock, store, onProblem: problemsOf(log, "leases") }, signal),
    runSweeper({ ...clock, store, onRecovered, onProblem: problemsOf(log, "sweeper") }, signal),
  ];
  const stopListening = tail.listen((entry) => deps.onEntry(entry));

  const running = parts.move();
  return {
    url: portal.url,
    orgId: org,
    token,
    async close() {
      // Calls that are out may finish, so that no answer is lost; then what still hangs is let go.
      await Promise.race([workers.close(), clock.sleep(CALLS_GRACE_MS, calls.signal)]);
      calls.abort();
      stopping.abort();
      stopListening();
      await Promise.allSettled(loops);
      await running.disposeAsync();
      await Promise.all(modules.map((module) => module.close()));
    },
  };
}
