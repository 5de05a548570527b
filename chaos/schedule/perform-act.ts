import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecorder } from "../org/bus-recorder.ts";
import type { OrderBook } from "../org/order-book.ts";
import type { OrgSession } from "../org/org-session.ts";
import { publishUnderId } from "../org/publish-under-id.ts";
import type { FaultTally } from "../fault-tally.ts";
import type { Site } from "../processes/open-site.ts";
import type { Act } from "./act.ts";
import { faultOf } from "./act.ts";
import { strikeStreams, withFault } from "./org-faults.ts";
import { freezeWorker, killTarget, findLeader, playZombie } from "./process-faults.ts";
import { pace, setPace } from "../processes/simulators-pace.ts";
import { untilBillingRests, wakeTwice } from "../store/wake-twice.ts";

/** How often a call is refused or lost; each act fires so often at least once. */
const CALL_FAULT_TIMES = 2;
const SLOW_BILLING_MS = 4_000;
const BILLING_RESTS_MS = 20_000;
const WAKE_TWICE_MS = 45_000;

/** Fits the schema and names no order. What is not Avro of the schema the bus does not take. */
const senseless = { Order_Id__c: "no order at all", Request_Key__c: "no request at all" };

export type Stage = {
  readonly site: Site;
  readonly org: OrgSession;
  readonly recorder: BusRecorder;
  readonly book: OrderBook;
  readonly tally: FaultTally;
  /** Event ids that were published twice with different payloads. */
  readonly reusedIds: Set<string>;
  /** The orders of the wave that stands before the act. */
  wave: readonly string[];
};

/** Does one thing of the schedule, and counts it when it is a fault that no log of the org counts. */
export async function performAct(stage: Stage, act: Act): Promise<void> {
  const { site, org, recorder, book, tally } = stage;
  const fault = faultOf(act);
  if (fault !== null) tally.ordered(fault);
  switch (act.kind) {
    case "approve":
      stage.wave = await book.approveNext(act.count);
      return;
    case "approve_twice":
      return book.approveAgain(stage.wave.slice(0, act.count));
    case "cancel":
      return book.cancel(stage.wave.slice(-act.count));
    case "rest":
      await sleep(act.forMs);
      return;
    case "kill": {
      // Not awaited before the blow, so that it meets the events between the bus and the store.
      const approving = book.approveNext(1);
      await sleep(act.afterMs);
      await killTarget(stage, act.target);
      await approving;
      tally.fired(`kill_${act.target}`);
      return;
    }
    case "zombie_leader":
      await playZombie(stage, act.forMs);
      tally.fired("zombie_leader");
      return;
    case "freeze_worker":
      await sleep(act.afterMs);
      await freezeWorker(stage, act.forMs);
      tally.fired("freeze_worker");
      return;
    case "wake_twice":
      return repeatWakeUps(stage);
    case "restart_database":
      await sleep(act.afterMs);
      await site.database?.restart(act.mode);
      tally.fired(`restart_database_${act.mode}`);
      return;
    case "stream_fault":
      await strikeStreams(stage, act.fault);
      // Nothing tells the client for 150 seconds; a supervisor that restarts it is the shorter way out.
      if (act.fault === "half_open") {
        await book.approveNext(1);
        await sleep(1_000);
        await (await findLeader(stage)).kill9();
      }
      return;
    case "rpc_fault":
      return withFault(stage, { kind: act.fault, times: 1 }, async () => {
        // A new process asks for the schema of the first event that it gets.
        await (await findLeader(stage)).kill9();
        await book.approveNext(1);
      });
    case "event_fault":
      return withFault(
        stage,
        { kind: act.fault, times: act.fault === "event_duplicate" ? 3 : 1 },
        async () => {
          // In requests of their own: what is held back goes after the next one.
          for (let turn = 0; turn < 3; turn += 1) await book.approveNext(1);
        },
      );
    case "stream_reset":
      await recorder.resetStream();
      tally.fired("stream_reset");
      return;
    case "revoke_sessions":
      await org.control("POST", "/sessions/revoke", { liveStreams: act.liveStreams });
      tally.fired("revoke_sessions");
      return;
    case "call_fault":
      return withFault(stage, callFault(act.fault), async () => {
        await book.approveNext(1);
      });
    case "publish_senseless":
      await untilDone(() => org.publish("OrderProvisionRequested__e", senseless));
      tally.fired("publish_senseless");
      return;
    case "publish_reused_id":
      return publishReusedId(stage);
  }
}

function callFault(kind: string): Readonly<Record<string, unknown>> & { readonly kind: string } {
  switch (kind) {
    case "slow_answer":
      return { kind, times: CALL_FAULT_TIMES, options: { delayMs: 1_500 } };
    case "record_late":
      return { kind, times: CALL_FAULT_TIMES, options: { delayMs: 1_000 } };
    default:
      return { kind, times: CALL_FAULT_TIMES };
  }
}

/**
 * Billing takes its time, and the queue gives the wake-ups of the steps that wait for it out again. By then billing is
 * quick, so that a second call would overtake the first and find nothing of it.
 */
async function repeatWakeUps({ site, book, tally }: Stage): Promise<void> {
  if (site.database === null) return;
  await untilBillingRests(site.database.url, BILLING_RESTS_MS);
  await setPace(site.simulatorsReady.url, { ...pace, perSystem: { billing: { delayMs: SLOW_BILLING_MS } } });
  try {
    const approving = book.approveNext(4);
    const repeated = await wakeTwice(site.database.url, WAKE_TWICE_MS, () =>
      setPace(site.simulatorsReady.url, pace),
    );
    await approving;
    for (let count = 0; count < repeated; count += 1) tally.fired("wake_twice");
  } finally {
    await setPace(site.simulatorsReady.url, pace);
  }
}

/** The same id as an event of before and another total: a publisher that sets ids badly. */
async function publishReusedId(stage: Stage): Promise<void> {
  const { site, recorder, tally, reusedIds } = stage;
  await recorder.catchUp();
  const event = recorder.recent(20).find(({ eventId, orderId, isCancel }) => {
    return orderId?.startsWith("801") === true && !isCancel && !reusedIds.has(eventId);
  });
  if (event === undefined) return;
  await untilDone(() =>
    publishUnderId(site.orgReady, event.eventId, {
      Order_Id__c: event.orderId,
      Request_Key__c: event.requestKey,
      Request_Type__c: "Provision",
      Total_Amount__c: 987_654,
    }),
  );
  reusedIds.add(event.eventId);
  tally.fired("publish_reused_id");
}

async function untilDone(call: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await call();
      return;
    } catch (reason) {
      if (tries === 20) throw reason;
      await sleep(500);
    }
  }
}
