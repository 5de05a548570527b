import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { PubSubClientOptions } from "@sluice/pubsub";
import type { Clock } from "./clock.ts";
import { IntakeStatus } from "./intake/intake-status.ts";
import { openOrgRun } from "./open-org-run.ts";
import { OrgRuns } from "./org-runs.ts";
import { OrgWatch, disputeOf } from "./org-watch.ts";
import { openPortal } from "./portal/open-portal.ts";
import { portalReads } from "./portal/portal-reads.ts";
import { LOCAL_MODULE } from "./provisioning/first-step.ts";
import { openBilling } from "./provisioning/modules/billing-whmcs/open-billing.ts";
import { openNetwork } from "./provisioning/modules/network-http/open-network.ts";
import { openNotify } from "./provisioning/modules/notify-smtp/open-notify.ts";
import { roomCommands } from "./room-commands.ts";
import { createConnection } from "./salesforce/connection.ts";
import { defaultMapping } from "./salesforce/mapping.ts";
import type { ServiceConfig } from "./service-config.ts";
import { openSessions } from "./sign-in.ts";
import { ChangeSignal } from "./store/change-signal.ts";
import { openDatabase } from "./store/open-database.ts";
import type { FeedEntry } from "./store/journal-feed.ts";
import { JournalTail } from "./store/journal-tail.ts";
import { openStore } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { countSalesforceCall, intakeView, notReady, problemsOf, refreshGauges } from "./watch.ts";

export type ServiceDeps = {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Each thing that happens to an order, in commit order. Must not throw. */
  onEntry(entry: FeedEntry): void;
};

export type Service = {
  /** Null without the role `portal`. */
  readonly url: string | null;
  /** The org that is served by now. */
  readonly orgId: string;
  /** What commands have to show; it lives as long as the process. */
  readonly token: string;
  close(): Promise<void>;
};

/**
 * The whole system: events come in, steps run, statuses go back, people see it. Resolves when all of it works, or when
 * only a person's order is missing: the portal says which.
 *
 * @throws {StartError} with any code.
 */
export async function startService(config: ServiceConfig, deps: ServiceDeps): Promise<Service> {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  await using parts = new AsyncDisposableStack();
  const mapping = defaultMapping;
  const topics = config.salesforce.topics.length > 0 ? config.salesforce.topics : [mapping.event.topic];
  const metrics = createMetrics();
  const statuses = new Map(topics.map((topic) => [topic, new IntakeStatus()]));
  const token = randomBytes(32).toString("base64url");

  // State, and the jobs it causes
  const modules = [openBilling(config.billing), openNetwork(config.network), openNotify(config.mail)];
  parts.defer(async () => void (await Promise.all(modules.map((module) => module.close()))));
  const queues = [LOCAL_MODULE, ...modules.map((module) => module.name)];
  const database = await openDatabase(config, queues.length);
  const store = await openStore(database, queues);
  parts.defer(() => store.close());
  const changes = new ChangeSignal();
  parts.defer(await store.onChange(() => changes.notify()));

  // Salesforce, and the org that it has to be
  const org = new OrgWatch({
    database,
    clock,
    sessions: openSessions(config.salesforce, () => clock.now()),
    expectedOrgId: config.salesforce.orgId,
    goLiveAt: config.goLiveAt,
    mode: config.mode,
    waitForChange: (delayMs, until) => changes.wait(OrgWatch, delayMs, until),
    onWaiting(reason) {
      for (const status of statuses.values()) status.become("starting", reason);
      log.warn({ reason }, "waiting for Salesforce");
    },
  });
  const connection = createConnection({ sessions: org.sessions, onCall: countSalesforceCall(metrics) });
  const clientOptions: PubSubClientOptions = {
    endpoint: config.salesforce.pubsubEndpoint,
    auth: org.sessions,
    ...(config.salesforce.pubsubCaPem === null ? {} : { ca: config.salesforce.pubsubCaPem }),
    clock: () => clock.now(),
    random: () => clock.random(),
    sleep: (delayMs, until) => clock.sleep(delayMs, until),
  };

  // The work itself, as long as the org is the adopted one
  const tail = new JournalTail();
  const system = {
    ...deps,
    config,
    store,
    changes,
    tail,
    modules,
    queues,
    connection,
    clientOptions,
    mapping,
    statuses,
    metrics,
    holder: `${hostname()}:${process.pid}`,
  };
  const runs = new OrgRuns({
    ...clock,
    watch: org,
    open: (deployment, until) => openOrgRun(system, deployment, until),
    onDisputed: (standing) => log.error({ problem: disputeOf(standing) }, "another org answers"),
    onProblem: problemsOf(log, "the work for the org could not begin"),
  });

  // What people see and order; open before Salesforce answers, so that they see why nothing happens
  const watched = { database, statuses, org };
  const portal = !config.roles.includes("portal")
    ? undefined
    : await openPortal({
        ...config.portal,
        version: deps.version,
        token,
        commandRoutes: roomCommands({
          ...system,
          org,
          topic: topics[0] ?? mapping.event.topic,
          run: () => runs.current,
        }),
        reads: portalReads(store, () => org.orgId, tail),
        metrics: metrics.registry,
        intake: () => intakeView(watched),
        notReady: () => notReady(watched, config.roles.includes("intake")),
        refreshGauges: () => refreshGauges(metrics, watched, clock.now()),
        onError: (error) => log.error({ err: error }, "a request failed"),
      });
  parts.defer(async () => portal?.close());
  parts.defer(tail.listen((entry) => deps.onEntry(entry)));

  await org.begin(signal);
  await runs.start(signal);
  const watching = org.run(signal);

  const running = parts.move();
  return {
    url: portal?.url ?? null,
    get orgId() {
      return org.orgId ?? "";
    },
    token,
    async close() {
      stopping.abort();
      await runs.close();
      await watching;
      await running.disposeAsync();
    },
  };
}
