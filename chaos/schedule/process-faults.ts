import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ServiceProcess, Site } from "../processes/open-site.ts";
import type { KillTarget } from "./act.ts";
import type { Stage } from "./perform-act.ts";

/** The holder is named by host and process id. */
const intake = z.object({
  state: z.string(),
  received: z.int(),
  leader: z.object({ holder: z.string() }).nullable(),
});
type Intake = z.infer<typeof intake>;
const LEADER_MS = 8_000;
const STREAMING_MS = 15_000;
/** Longer than a lease lasts and a successor needs. */
const TAKEOVER_MS = 3_500;

/** `kill -9` of one process; it is started again by itself. */
export async function killTarget(stage: Stage, target: KillTarget): Promise<void> {
  const { site, recorder } = stage;
  switch (target) {
    case "org":
      await recorder.catchUp().catch(() => undefined);
      await site.org.kill9();
      await recorder.orgStarted();
      await site.org.untilReady();
      return;
    case "simulators":
      await site.simulators.kill9();
      await site.simulators.untilReady();
      return;
    case "leader":
      return (await findLeader(stage)).kill9();
    case "standby":
      return (await findStandby(stage)).kill9();
    case "worker":
      return workerOf(site).kill9();
  }
}

/**
 * Freezes the leader while events are on their way to it, gives its successor time to take over and to go further, and
 * lets it run again: what it has in hand must not be stored.
 */
export async function playZombie(stage: Stage, forMs: number): Promise<void> {
  const { book } = stage;
  const leader = await findStreamingLeader(stage);
  leader.freeze();
  const frozenAtMs = performance.now();
  try {
    await book.approveNext(2);
    await sleep(TAKEOVER_MS);
    await book.approveNext(2);
    await sleep(Math.max(1_000, forMs - (performance.now() - frozenAtMs)));
  } finally {
    leader.thaw();
  }
}

/** Longer than the queue waits for a sign of life, so that the worker's jobs are given out again. */
export async function freezeWorker({ site }: Stage, forMs: number): Promise<void> {
  const worker = workerOf(site);
  worker.freeze();
  try {
    await sleep(forMs);
  } finally {
    worker.thaw();
  }
}

/** The process that reads the topic; any that may, when none says that it does. */
export async function findLeader({ site }: Pick<Stage, "site">): Promise<ServiceProcess> {
  const replicas = replicasOf(site);
  const [first] = replicas;
  if (first === undefined) throw new Error("the site has no process that reads the topic");
  if (replicas.length === 1) return first;
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < LEADER_MS) {
    for (const replica of replicas) {
      const pid = await leaderKnownTo(replica);
      const leader = replicas.find((each) => each.pid === pid);
      if (leader !== undefined) return leader;
    }
    await sleep(100);
  }
  return first;
}

async function findStandby(stage: Stage): Promise<ServiceProcess> {
  const leader = await findLeader(stage);
  return replicasOf(stage.site).find((replica) => replica !== leader) ?? leader;
}

/** The leader once its stream is open and it knows the events' schema: what comes then is in its hands when it wakes. */
async function findStreamingLeader(stage: Stage): Promise<ServiceProcess> {
  const startedAtMs = performance.now();
  for (;;) {
    const leader = await findLeader(stage);
    const received = await receivedBy(leader);
    if (received !== undefined) {
      await stage.book.approveNext(1);
      for (let look = 0; look < 30; look += 1) {
        await sleep(100);
        if (((await receivedBy(leader)) ?? 0) > received) return leader;
      }
    }
    if (performance.now() - startedAtMs > STREAMING_MS) return leader;
    await sleep(200);
  }
}

/** How many events it has stored; undefined when it does not read. */
async function receivedBy(replica: ServiceProcess): Promise<number | undefined> {
  const seen = await askIntake(replica);
  return seen?.state === "streaming" ? seen.received : undefined;
}

async function leaderKnownTo(replica: ServiceProcess): Promise<number | undefined> {
  const leader = (await askIntake(replica))?.leader ?? null;
  return leader === null ? undefined : Number(leader.holder.split(":").at(-1));
}

async function askIntake(replica: ServiceProcess): Promise<Intake | undefined> {
  try {
    const answer = await fetch(`${replica.url}/api/intake`, { signal: AbortSignal.timeout(1_000) });
    return intake.parse(await answer.json());
  } catch {
    return undefined;
  }
}

function replicasOf(site: Site): readonly ServiceProcess[] {
  return site.services.filter(({ place }) => place !== "worker");
}

function workerOf(site: Site): ServiceProcess {
  const worker = site.services.find(({ place }) => place === "worker") ?? site.services[0];
  if (worker === undefined) throw new Error("the site has no worker");
  return worker;
}
