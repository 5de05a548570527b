import type { ClientEvent } from "@sluice/pubsub";
import type { IntakeStatus } from "./intake/intake-status.ts";
import type { HandOff } from "./intake/run-intake.ts";
import { revisionStates } from "./orders/revision-state.ts";
import type { OrgWatch } from "./org-watch.ts";
import { disputeOf } from "./org-watch.ts";
import type { IntakeView } from "./portal/intake-view.ts";
import type { StepReport } from "./provisioning/engine.ts";
import type { Database } from "./store/database.ts";
import { intakeLease, readLease } from "./store/lease.ts";
import { readIntakeCounts } from "./store/intake-counts.ts";
import { countOrders } from "./store/order-list.ts";
import { readCleanSweeps } from "./store/sweep-run.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** One status for each topic that is read. */
export type IntakeStatuses = ReadonlyMap<string, IntakeStatus>;

/** Keeps the intake's status true to what the Pub/Sub client reports. */
export function followIntake(statuses: IntakeStatuses, log: Log): (event: ClientEvent) => void {
  return (event) => {
    const status = "topic" in event ? statuses.get(event.topic) : undefined;
    switch (event.name) {
      case "subscription:stream:opened":
        status?.become("streaming");
        log.info({ topic: event.topic }, "subscribed");
        break;
      case "subscription:retry:scheduled":
        status?.become("backing_off", event.error.message);
        log.warn(
          { delayMs: event.delayMs, problem: event.error.message },
          "the subscription failed and is tried again",
        );
        break;
      case "subscription:alarm:raised":
        log.error({ problem: event.error.message }, "the subscription needs somebody to look at it");
        break;
      case "subscription:alarm:cleared":
        log.info("the subscription is well again");
        break;
      case "subscription:credit:granted":
      case "subscription:events:received":
        if (status !== undefined) status.outstandingCredit = event.outstanding;
        break;
      case "subscription:stream:ended":
      case "subscription:stream:paused":
        if (status !== undefined) status.outstandingCredit = 0;
        break;
      case "subscription:stream:silent":
      case "subscription:stream:recovered":
      case "subscription:position:ageing":
      case "session:instance:changed":
      case "session:org:changed":
      case "schema:drift:found":
        log.warn({ event }, "the Pub/Sub client tells");
        break;
      case "schema:fetch:delayed": {
        const { schemaId, delayMs, error } = event;
        log.warn({ schemaId, delayMs, problem: error.message }, "events wait for their schema");
        break;
      }
      case "subscription:stream:resumed":
      case "subscription:position:rejected":
      case "subscription:keepalive:received":
      case "subscription:event:undecodable":
      case "session:token:renewed":
      case "publish:stream:opened":
      case "publish:stream:ended":
        log.debug({ event: event.name }, "pubsub");
    }
  };
}

export function reportHandOff(metrics: Metrics, log: Log): (handOff: HandOff) => void {
  return ({ admissions, durationMs }) => {
    metrics.handoffSeconds.observe(durationMs / 1000);
    for (const admission of admissions) {
      const outcome = admission.kind === "admitted" ? admission.disposition : admission.kind;
      metrics.eventsReceived.inc({ outcome });
      if (admission.kind === "quarantined") log.warn(admission, "an event was quarantined");
    }
  };
}

export function countStep(metrics: Metrics, log: Log): (report: StepReport) => void {
  return ({ step, outcome, durationMs, stale }) => {
    const { module, name } = step;
    metrics.stepSeconds.observe({ module, outcome: outcome.kind }, durationMs / 1000);
    const { orderId } = step.revision;
    if (stale) log.warn({ orderId, step: name }, "an answer came after the step was taken from its worker");
    if (outcome.kind === "failed" || outcome.kind === "held") {
      const { code, summary } = outcome.failure;
      log.warn({ orderId, step: name, code, summary }, "a step failed");
    }
  };
}

/** Problems of one part, for the log. */
export function problemsOf(log: Log, where: string): (message: string) => void {
  return (message) => log.warn({ problem: message }, where);
}

export function countSalesforceCall(metrics: Metrics): () => void {
  return () => metrics.salesforceCalls.inc();
}

export type WatchedIntake = {
  readonly database: Database;
  readonly statuses: IntakeStatuses;
  readonly org: OrgWatch;
};

/** What the subscriptions are doing; the first topic stands for the deployment, the others follow. */
export async function intakeView({ database, statuses, org }: WatchedIntake): Promise<IntakeView> {
  const { quarantined, openGaps } = await readIntakeCounts(database);
  const { standing } = org;
  const topics = await Promise.all(
    [...statuses].map(([topic, status]) => topicView(database, org.orgId, topic, status)),
  );
  const [first, ...others] = topics;
  if (first === undefined) throw new Error("no topic is configured");
  return {
    ...first,
    ...(standing.kind === "disputed" ? { state: "stopped", reason: disputeOf(standing) } : {}),
    orgId: org.orgId ?? null,
    mode: standing.kind === "unknown" ? null : standing.deployment.mode,
    goLiveAt: standing.kind === "unknown" ? null : standing.deployment.goLiveAt,
    quarantined,
    openGaps,
    others,
  };
}

async function topicView(database: Database, orgId: string | undefined, topic: string, status: IntakeStatus) {
  const leader =
    orgId === undefined ? undefined : await readLease(database, { orgId, name: intakeLease(topic) });
  return {
    topic,
    state: status.state,
    reason: status.reason,
    leader: leader === undefined ? null : { holder: leader.holder, epoch: leader.epoch },
    replayId: status.replayId === null ? null : Buffer.from(status.replayId).toString("hex"),
    lastEventAt: status.lastEventAt,
    received: status.received,
    outstandingCredit: status.outstandingCredit,
  };
}

/** What keeps the process from being ready; empty when it does what it is there for. */
export function notReady({ statuses, org }: WatchedIntake, isIntake: boolean): readonly string[] {
  const { standing } = org;
  if (standing.kind === "unknown") return ["the store serves no org yet: waiting for the first sign-in"];
  if (standing.kind === "disputed") return [disputeOf(standing)];
  return isIntake ? [...statuses.values()].flatMap((status) => status.notReady()) : [];
}

export async function refreshGauges(
  metrics: Metrics,
  { database, statuses, org }: WatchedIntake,
  nowMs: number,
): Promise<void> {
  const { openGaps } = await readIntakeCounts(database);
  const [topic = ""] = statuses.keys();
  const { lastFinishedAt } = await readCleanSweeps(database, { orgId: org.orgId ?? "", topic });
  if (lastFinishedAt !== null) metrics.sweepAgeSeconds.set((nowMs - Date.parse(lastFinishedAt)) / 1000);
  metrics.openGaps.set(openGaps);
  const all = [...statuses.values()];
  metrics.intakeCredit.set(all.reduce((sum, { outstandingCredit }) => sum + outstandingCredit, 0));
  const moved = all.flatMap(({ movedAtMs }) => movedAtMs ?? []);
  if (moved.length > 0) metrics.cursorAgeSeconds.set((nowMs - Math.min(...moved)) / 1000);
  const counts = await countOrders(database, org.orgId ?? "");
  for (const state of revisionStates) metrics.orders.set({ state }, counts[state] ?? 0);
}
