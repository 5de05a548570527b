import type { Backend } from "../campaign-options.ts";
import { seededRandom } from "../seeded-random.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { callFaults, eventFaults, faultOf, rpcFaults, streamFaults } from "./act.ts";
import type { Act } from "./act.ts";

/** A campaign's share of approvals that are more than one approval. */
const TWICE_SHARE = 0.08;
const CANCEL_SHARE = 0.05;
/** Orders for each time that all faults happen. */
const ORDERS_A_ROUND = 1_000;

export type Plan = {
  readonly seed: number;
  /** How many are approved in all. */
  readonly orders: number;
  readonly backend: Backend;
  /** Only these, by name; null: all. */
  readonly faults: readonly string[] | null;
};

/**
 * The acts of a campaign, in order: all faults, shuffled, as often as the number of orders asks for, each after a wave
 * of approvals, so that it meets work in flight. The same plan gives the same acts.
 */
export function planSchedule({ seed, orders, backend, faults: named }: Plan): readonly Act[] {
  const random = seededRandom(seed);
  const rounds = Math.max(1, Math.round(orders / ORDERS_A_ROUND));
  const faults = firstThe(
    "api_quota",
    Array.from({ length: rounds }, () =>
      random.shuffled(faultsOf(backend, random)).filter(isNamed(named)),
    ).flat(),
  );
  const waves = distribute(orders, faults.length, random);
  return faults.flatMap((fault, index) => [...waveOf(waves[index] ?? 0, random), fault, pause(random)]);
}

function isNamed(faults: readonly string[] | null): (act: Act) => boolean {
  return (act) => faults?.includes(faultOf(act) ?? "") ?? true;
}

/** An order that met the API limit waits for minutes, which had better pass while the rest goes on. */
function firstThe(fault: string, acts: readonly Act[]): readonly Act[] {
  const isFirst = (act: Act): boolean => faultOf(act) === fault;
  return [...acts.filter(isFirst), ...acts.filter((act) => !isFirst(act))];
}

/** The names of all faults that a schedule may have, whatever the backend. */
export const faultNames: ReadonlySet<string> = new Set(
  faultsOf("postgres", seededRandom(0)).flatMap((act) => faultOf(act) ?? []),
);

/** Another time through all faults, for campaigns that last by the clock. Nothing is left to approve for the first time. */
export function planRound({ seed, backend, faults: named }: Omit<Plan, "orders">): readonly Act[] {
  const random = seededRandom(seed);
  const faults = random.shuffled(faultsOf(backend, random)).filter(isNamed(named));
  return faults.flatMap((fault) => [...waveOf(random.whole(1, 4), random), fault, pause(random)]);
}

function faultsOf(backend: Backend, random: SeededRandom): readonly Act[] {
  const soon = (): number => random.whole(0, 500);
  return [
    ...processFaults(backend, random),
    ...streamFaults.map((fault): Act => ({ kind: "stream_fault", fault })),
    ...rpcFaults.map((fault): Act => ({ kind: "rpc_fault", fault })),
    ...eventFaults.map((fault): Act => ({ kind: "event_fault", fault })),
    ...callFaults.map((fault): Act => ({ kind: "call_fault", fault })),
    { kind: "kill", target: "org", afterMs: soon() },
    { kind: "kill", target: "simulators", afterMs: soon() },
    { kind: "stream_reset" },
    { kind: "revoke_sessions", liveStreams: random.fraction() < 0.5 },
    { kind: "publish_senseless" },
    { kind: "publish_reused_id" },
    { kind: "event_fault", fault: "event_duplicate" },
  ];
}

function processFaults(backend: Backend, random: SeededRandom): readonly Act[] {
  const soon = (): number => random.whole(0, 500);
  const kill = (target: "leader" | "standby" | "worker"): Act => ({ kind: "kill", target, afterMs: soon() });
  // A killed leader is what most ways of losing something begin with, so it is killed several times.
  const leader = Array.from({ length: 3 }, () => kill("leader"));
  switch (backend) {
    case "pglite":
      return leader;
    case "postgres":
      return [
        ...leader,
        kill("standby"),
        kill("worker"),
        kill("worker"),
        { kind: "zombie_leader", forMs: random.whole(3_000, 8_000) },
        { kind: "zombie_leader", forMs: random.whole(3_000, 8_000) },
        { kind: "freeze_worker", afterMs: soon(), forMs: random.whole(5_500, 8_000) },
        { kind: "wake_twice" },
        { kind: "restart_database", mode: "fast", afterMs: soon() },
        { kind: "restart_database", mode: "immediate", afterMs: soon() },
      ];
  }
}

/** Every order is approved once in some wave; waves differ in size. */
function distribute(orders: number, waves: number, random: SeededRandom): readonly number[] {
  const weights = Array.from({ length: waves }, () => 0.3 + random.fraction());
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let given = 0;
  let share = 0;
  return weights.map((weight) => {
    share += (orders * weight) / total;
    const count = Math.round(share) - given;
    given += count;
    return count;
  });
}

function waveOf(count: number, random: SeededRandom): readonly Act[] {
  if (count === 0) return [];
  const acts: Act[] = [{ kind: "approve", count }];
  if (random.fraction() < TWICE_SHARE * 4)
    acts.push({ kind: "approve_twice", count: Math.max(1, Math.round(count / 4)) });
  if (random.fraction() < CANCEL_SHARE * 4)
    acts.push({ kind: "cancel", count: Math.max(1, Math.round(count / 5)) });
  return acts;
}

function pause(random: SeededRandom): Act {
  return { kind: "rest", forMs: random.whole(100, 900) };
}
