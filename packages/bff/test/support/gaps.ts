import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startOrg } from "@sluice/org";
import type { RunningOrg } from "@sluice/org";
import { createPubSubClient } from "@sluice/pubsub";
import type { TokenSource } from "@sluice/pubsub";
import { systemClock } from "../../src/clock.ts";
import { watchContinuity } from "../../src/intake/continuity.ts";
import { IntakeStatus } from "../../src/intake/intake-status.ts";
import { runIntake } from "../../src/intake/run-intake.ts";
import { openSweeper } from "../../src/intake/sweep.ts";
import { defaultSweepRules } from "../../src/intake/sweep-rules.ts";
import { firstStep } from "../../src/provisioning/first-step.ts";
import { createConnection } from "../../src/salesforce/connection.ts";
import { defaultMapping, standingOf } from "../../src/salesforce/mapping.ts";
import { readEvent } from "../../src/salesforce/read-event.ts";
import { readApprovalPages } from "../../src/salesforce/sweep-query.ts";
import { readOrderVisibility } from "../../src/salesforce/view-all.ts";
import { admitFound } from "../../src/store/admit-found.ts";
import { admit } from "../../src/store/admit.ts";
import { adoptAtFirstStart } from "../../src/store/deployment.ts";
import { readGaps } from "../../src/store/gap-list.ts";
import { takePosition } from "../../src/store/intake-position.ts";
import { openStore } from "../../src/store/store.ts";
import type { TestDatabase } from "./databases.ts";
import { queues, topic } from "./ledger.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const seed = join(root, "packages/org/seed");
const operator = { userId: "005Hs0000000001IAA" };
const template = "801Hs0000000001IAA";
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** An org whose time stands still until a test moves it. */
export function startStillOrg(): Promise<RunningOrg> {
  return startOrg({
    metadataDirs: [join(root, "salesforce/core"), join(root, "salesforce/demo")],
    seedFiles: readdirSync(seed).map((name) => join(seed, name)),
    time: { nowMs: systemClock.now(), rate: 0 },
  });
}

/** An order in draft, new to every store. */
export function newOrder(org: RunningOrg): string {
  return org.core.clone(operator, "Order", template);
}

export function approve(org: RunningOrg, orderId: string): void {
  org.core.update(operator, "Order", orderId, { Status: "Approved" });
}

/** Approved, and its event never reaches the bus. */
export function approveUnheard(org: RunningOrg, orderId: string): void {
  org.faults.arm({ kind: "event_lost", schedule: { kind: "times", times: 1 }, match: {}, options: {} });
  approve(org, orderId);
}

/** Intake and sweep of a fresh store that went live just now, on the org's time. */
export async function openGround(org: RunningOrg, database: TestDatabase, username?: string) {
  const opened = await database.open();
  const store = await openStore(opened, queues);
  const now = () => org.clock.now();
  // What earlier tests left in the org was approved before.
  org.clock.advance(10 * minuteMs);
  const goLiveAt = new Date(now()).toISOString();
  await adoptAtFirstStart(opened, org.orgId, goLiveAt);
  const gapTopic = { orgId: org.orgId, topic };
  const sessions = sessionsOf(org, username);
  const connection = createConnection({ sessions });
  const rules = { store, firstStep };
  const continuity = watchContinuity({ database: opened, gapTopic, now, onGap: () => undefined });
  const problems: string[] = [];
  const sweeper = openSweeper({
    database: opened,
    gapTopic,
    rules: defaultSweepRules,
    readPages: (scope, signal) => readApprovalPages(connection, defaultMapping, scope, signal),
    readVisibility: (signal) => readOrderVisibility(connection, defaultMapping, signal),
    standingOf: (status) => standingOf(status, defaultMapping),
    admit: (found, receivedAt) => admitFound(rules, gapTopic, found, receivedAt),
    now,
    onAdmitted: () => undefined,
    onProblem: (problem) => problems.push(problem),
  });
  const never = new AbortController().signal;

  /** Reads the topic with the real client until `isEnough`, asked after each batch and each gap. */
  async function read(isEnough: (admitted: readonly string[], gaps: number) => boolean): Promise<void> {
    const stop = new AbortController();
    const admitted: string[] = [];
    let gaps = 0;
    const look = () => {
      if (isEnough(admitted, gaps)) stop.abort();
    };
    const client = createPubSubClient({
      endpoint: org.pubsubEndpoint,
      ca: readFileSync(org.caFile),
      auth: sessions,
      clock: now,
    });
    await runIntake(
      {
        ...systemClock,
        now,
        client,
        topic,
        status: new IntakeStatus(),
        readEvent: (payload) => readEvent(payload, defaultMapping),
        takePosition: async () => {
          const position = await takePosition(opened, org.orgId, topic, 1);
          if ((await continuity.begins(position)) !== undefined) gaps += 1;
          return position;
        },
        admit: (batch) => admit(rules, batch),
        openGap: async (rejected) => {
          const gapId = await continuity.rejected(rejected);
          gaps += 1;
          look();
          return gapId;
        },
        capacity: () => 100,
        onHandOff: ({ admissions }) => {
          for (const admission of admissions) {
            if (admission.kind === "admitted") admitted.push(admission.orderId);
          }
          look();
        },
        onProblem: (problem) => problems.push(problem),
      },
      stop.signal,
    );
    client.close();
  }

  return {
    store,
    sweeper,
    problems,
    read,
    sweep: (dryRun = false) =>
      sweeper.sweep({ cause: "periodic", by: "sweep", dryRun }, () => undefined, never),
    gaps: () => readGaps(opened, org.orgId, "all"),
    /** States of the order's revisions. */
    async states(orderId: string): Promise<readonly string[]> {
      const { rows } = await store.query<{ state: string }>(
        "SELECT state FROM order_revision WHERE order_id = $1 ORDER BY revision_id",
        [orderId],
      );
      return rows.map((row) => row.state);
    },
  };
}

function sessionsOf(org: RunningOrg, username?: string): TokenSource {
  const { accessToken, instanceUrl, tenantId } = org.signIn(username);
  const session = { accessToken, instanceUrl, orgId: tenantId };
  return { get: () => Promise.resolve(session), invalidate: () => undefined };
}
