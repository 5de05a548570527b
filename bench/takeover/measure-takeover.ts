import { untilAllActivated } from "../../packages/bff/test/system/support/org-client.ts";
import { openReplicas } from "../../packages/bff/test/system/support/replicas.ts";
import { readSummary, setPace } from "../../packages/bff/test/system/support/simulators-client.ts";
import { spreadOf } from "../pubsub/rounds.ts";
import type { Spread } from "../pubsub/rounds.ts";
import { auditCursor } from "./cursor-audit.ts";
import { ReaderPair } from "./reader-pair.ts";
import { takeOverOnce } from "./take-over-once.ts";
import type { Takeover } from "./take-over-once.ts";
import { wakeZombie } from "./wake-zombie.ts";
import type { Zombie } from "./wake-zombie.ts";

const DONE_MS = 120_000;

export type EndFigures = {
  readonly how: "kill -9" | "SIGTERM";
  readonly aimMs: number;
  readonly streamMs: Spread;
  readonly commitMs: Spread;
  readonly goneMs: Spread;
  readonly isMet: boolean;
};

export type Invariant = { readonly name: string; readonly is: number; readonly mustBe: number };

export type TakeoverFigures = {
  readonly runs: number;
  readonly pauseSeconds: number;
  readonly ends: readonly EndFigures[];
  /** `fenced`: how often the former leader tried to commit, and was refused. */
  readonly zombie: { readonly commitMs: Spread; readonly fenced: number };
  readonly invariants: readonly Invariant[];
  /** Times do not count: they depend on the machine. */
  readonly isBroken: boolean;
};

/** Ends and pauses the process that reads, `runs` times each way, while another stands by and a worker does the orders. */
export async function measureTakeover(
  runs: number,
  pauseSeconds: number,
  report: (text: string) => void,
): Promise<TakeoverFigures> {
  await using replicas = await openReplicas();
  await setPace(replicas.ground.simulatorsUrl, { delayMs: 5, activationMs: 0 });
  await replicas.start(["worker"]);
  await auditCursor(replicas.database);
  const pair = new ReaderPair(replicas);

  const kills = await repeat(runs, async (run) => {
    const takeover = await takeOverOnce(pair, "kill -9");
    report(`kill -9, run ${run}: ${tell(takeover)}`);
    return takeover;
  });
  const stops = await repeat(runs, async (run) => {
    const takeover = await takeOverOnce(pair, "SIGTERM");
    report(`SIGTERM, run ${run}: ${tell(takeover)}`);
    return takeover;
  });
  const zombies = await repeat(runs, async (run) => {
    const zombie = await wakeZombie(pair, pauseSeconds);
    report(
      `SIGSTOP for ${pauseSeconds} s, run ${run}: the other's first commit after ${zombie.commitMs.toFixed(0)} ms; ` +
        `${zombie.zombieCommits} commits of the former leader${zombie.isFenced ? ", which tried and was refused" : ""}; ${zombie.streams} stream`,
    );
    return zombie;
  });

  const seconds = await untilAllActivated(replicas.org, pair.approved, DONE_MS, () => replicas.picture());
  report(
    `all ${pair.approved.length} orders are Completed and Activated, ${seconds.toFixed(1)} s after the last`,
  );
  const invariants = await readInvariants(pair, zombies);
  return {
    runs,
    pauseSeconds,
    ends: [summarize("kill -9", 3_000, kills), summarize("SIGTERM", 1_000, stops)],
    zombie: {
      commitMs: spreadOf(zombies.map(({ commitMs }) => commitMs)),
      fenced: zombies.filter(({ isFenced }) => isFenced).length,
    },
    invariants,
    isBroken: invariants.some(({ is, mustBe }) => is !== mustBe),
  };
}

async function readInvariants(pair: ReaderPair, zombies: readonly Zombie[]): Promise<readonly Invariant[]> {
  const { ground, database } = pair.replicas;
  const { doubled, effects } = await readSummary(ground.simulatorsUrl);
  const { rows } = await database.query<{ events: number; orders: number }>(
    "SELECT count(*) AS events, count(DISTINCT order_id) AS orders FROM order_revision WHERE state = 'completed'",
  );
  const approved = pair.approved.length;
  const commits = zombies.reduce((sum, { zombieCommits }) => sum + zombieCommits, 0);
  return [
    { name: "commits of a former leader after the takeover", is: commits, mustBe: 0 },
    { name: "effects that a downstream has twice", is: doubled.length, mustBe: 0 },
    { name: "effects without a key", is: effects.unkeyed, mustBe: 0 },
    { name: "revisions completed", is: rows[0]?.events ?? 0, mustBe: approved },
    { name: "orders completed", is: rows[0]?.orders ?? 0, mustBe: approved },
    {
      name: "orders that billing accepted",
      is: effects.byOperation["billing.AcceptOrder"] ?? 0,
      mustBe: approved,
    },
    {
      name: "streams at the org, at most",
      is: Math.max(...zombies.map(({ streams }) => streams)),
      mustBe: 1,
    },
  ];
}

function summarize(how: EndFigures["how"], aimMs: number, takeovers: readonly Takeover[]): EndFigures {
  const streamMs = spreadOf(takeovers.map((takeover) => takeover.streamMs));
  return {
    how,
    aimMs,
    streamMs,
    commitMs: spreadOf(takeovers.map(({ commitMs }) => commitMs)),
    goneMs: spreadOf(takeovers.map(({ goneMs }) => goneMs)),
    isMet: streamMs.max <= aimMs,
  };
}

function tell({ streamMs, commitMs, goneMs }: Takeover): string {
  return (
    `the other's stream is open after ${streamMs.toFixed(0)} ms, its first commit after ${commitMs.toFixed(0)} ms; ` +
    `the process was gone after ${goneMs.toFixed(0)} ms`
  );
}

async function repeat<T>(times: number, run: (number: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let number = 1; number <= times; number += 1) results.push(await run(number));
  return results;
}
