import type { ClientEvent } from "@sluice/pubsub";
import type { IntakeStatus } from "./intake/intake-status.ts";
import type { HandOff } from "./intake/run-intake.ts";
import { revisionStates } from "./orders/revision-state.ts";
import type { IntakeView } from "./portal/intake-view.ts";
import type { StepReport } from "./provisioning/engine.ts";
import type { Database } from "./store/database.ts";
import type { GapTopic } from "./store/gap.ts";
import { readIntakeCounts } from "./store/intake-counts.ts";
import { countOrders } from "./store/order-list.ts";
import { readCleanSweeps } from "./store/sweep-run.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** Keeps the intake's status true to what the Pub/Sub client reports. */
export function followIntake(status: IntakeStatus, log: Log): (event: ClientEvent) => void {
  return (event) => {
    switch (event.name) {
      case "subscription:stream:opened":
        status.become("streaming");
        log.info("subscribed");
        break;
      case "subscription:retry:scheduled":
        status.become("backing_off", event.error.message);
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
        status.outstandingCredit = event.outstanding;
        break;
      case "subscription:stream:ended":
      case "subscription:stream:paused":
        status.outstandingCredit = 0;
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

export async function intakeView(
  database: Database,
  status: IntakeStatus,
  orgId: string | undefined,
  topic: string,
): Promise<IntakeView> {
  const { quarantined, openGaps } = await readIntakeCounts(database);
  return {
    orgId: orgId ?? null,
    topic,
    state: status.state,
    reason: status.reason,
    replayId: status.replayId === null ? null : Buffer.from(status.replayId).toString("hex"),
    lastEventAt: status.lastEventAt,
    received: status.received,
    quarantined,
    openGaps,
    outstandingCredit: status.outstandingCredit,
  };
}

export async function refreshGauges(
  metrics: Metrics,
  database: Database,
  status: IntakeStatus,
  nowMs: number,
  gapTopic: GapTopic,
): Promise<void> {
  const { openGaps } = await readIntakeCounts(database);
  const { lastFinishedAt } = await readCleanSweeps(database, gapTopic);
  if (lastFinishedAt !== null) metrics.sweepAgeSeconds.set((nowMs - Date.parse(lastFinishedAt)) / 1000);
  metrics.openGaps.set(openGaps);
  metrics.intakeCredit.set(status.outstandingCredit);
  if (status.movedAtMs !== null) metrics.cursorAgeSeconds.set((nowMs - status.movedAtMs) / 1000);
  const counts = await countOrders(database);
  for (const state of revisionStates) metrics.orders.set({ state }, counts[state] ?? 0);
}
