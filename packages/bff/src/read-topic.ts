import type { PubSubClient } from "@sluice/pubsub";
import { watchContinuity } from "./intake/continuity.ts";
import { INTAKE_CREDIT } from "./intake/intake-credit.ts";
import type { IntakeStatus } from "./intake/intake-status.ts";
import { runIntake } from "./intake/run-intake.ts";
import type { IntakeDeps } from "./intake/run-intake.ts";
import type { System } from "./open-org-run.ts";
import { firstStep } from "./provisioning/first-step.ts";
import { readEvent } from "./salesforce/read-event.ts";
import { admit } from "./store/admit.ts";
import { runInboxPruning } from "./store/inbox-age.ts";
import type { InboxPruningDeps } from "./store/inbox-age.ts";
import { takePosition } from "./store/intake-position.ts";
import { leadWhilePossible } from "./store/leadership.ts";
import { intakeLease } from "./store/lease.ts";
import { problemsOf, reportHandOff } from "./watch.ts";

export type TopicReading = {
  readonly client: PubSubClient;
  readonly topic: string;
  readonly status: IntakeStatus;
  /** What goes on while this process reads the topic. */
  readonly beside: readonly ((signal: AbortSignal) => Promise<void>)[];
  readonly onGap: () => void;
};

/** Reads one topic while this process holds its lease; stands by otherwise. */
export async function readTopic(
  system: System,
  orgId: string,
  { client, topic, status, beside, onGap }: TopicReading,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, store, metrics } = system;
  const { database } = store;
  const continuity = watchContinuity({ ...clock, database, gapTopic: { orgId, topic }, onGap });
  const intake = (epoch: number): IntakeDeps => ({
    ...clock,
    client,
    topic,
    status,
    readEvent: (payload) => readEvent(payload, system.mapping, orgId),
    async takePosition() {
      const position = await takePosition(database, orgId, topic, epoch);
      await continuity.begins(position);
      return position;
    },
    admit: (batch) => admit({ store, firstStep }, batch),
    openGap: (rejected) => continuity.rejected(rejected),
    capacity: () => INTAKE_CREDIT,
    onHandOff: reportHandOff(metrics, log),
    onProblem: problemsOf(log, "intake"),
  });
  const pruning: InboxPruningDeps = {
    ...clock,
    sql: database,
    orgId,
    onPruned: (rows) => log.info({ rows }, "old events left the inbox"),
    onProblem: problemsOf(log, "inbox pruning"),
  };
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
      const reading = new AbortController();
      const whileReading = AbortSignal.any([until, reading.signal]);
      const going = [runInboxPruning(pruning, whileReading), ...beside.map((run) => run(whileReading))];
      await runIntake(intake(epoch), until).finally(() => reading.abort());
      await Promise.all(going);
    },
    signal,
  );
}
