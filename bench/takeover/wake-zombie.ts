import { setTimeout as sleep } from "node:timers/promises";
import { countRefused, countZombieCommits } from "./cursor-audit.ts";
import type { ReaderPair } from "./reader-pair.ts";

/** So many orders are approved one by one, and the leader is paused among them: it wakes with events in its hands. */
const BURST = 20;
const IN_PAUSE = 10;

export type Zombie = {
  /** From SIGSTOP until an event that was approved after it is committed by the other. */
  readonly commitMs: number;
  /** How often the former leader moved the cursor after the other had. */
  readonly zombieCommits: number;
  /** Whether it tried, and was refused for its epoch; otherwise it heard first that its lease was taken. */
  readonly isFenced: boolean;
  /** Streams at the org once the former leader stands by. */
  readonly streams: number;
};

/** Pauses the process that reads while events flow, and lets it go on when the other has done its work. */
export async function wakeZombie(pair: ReaderPair, pauseSeconds: number): Promise<Zombie> {
  const { leader, epoch } = await pair.complete();
  const { replicas } = pair;
  const burst = await pair.draft(BURST);
  const [first = "", ...later] = await pair.draft(IN_PAUSE);
  const last = await pair.draft(BURST);

  const approving = approveOneByOne(pair, burst);
  await pair.untilReceived(burst[0] ?? "");
  leader.tree.pause();
  const pausedAtMs = performance.now();
  await approving;
  await pair.approve([first]);
  await pair.untilReceived(first);
  const commitMs = performance.now() - pausedAtMs;
  for (const orderId of later) {
    await pair.approve([orderId]);
    await sleep((pauseSeconds * 1_000) / IN_PAUSE);
  }
  await sleep(Math.max(0, pauseSeconds * 1_000 - (performance.now() - pausedAtMs)));
  const refused = await countRefused(replicas.database);
  const approvingMore = pair.approve(last);
  leader.tree.resume();
  await approvingMore;

  await pair.complete();
  const streams = await replicas.untilStreams(({ length }) => length === 1);
  return {
    commitMs,
    zombieCommits: await countZombieCommits(replicas.database, epoch),
    isFenced: (await countRefused(replicas.database)) > refused,
    streams: streams.length,
  };
}

async function approveOneByOne(pair: ReaderPair, orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) await pair.approve([orderId]);
}
