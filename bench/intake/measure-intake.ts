import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { embeddedDatabaseNodeOptions } from "../../packages/bff/src/store/embedded-node-options.ts";
import { startPostgresServer } from "../../packages/bff/test/support/postgres-server.ts";
import type { Bus } from "../pubsub/bus.ts";
import { quartersOf } from "../pubsub/quarters.ts";
import type { Quarters } from "../pubsub/quarters.ts";
import { rotated, spreadOf } from "../pubsub/rounds.ts";
import type { Spread } from "../pubsub/rounds.ts";
import { runProgram } from "../pubsub/run-program.ts";
import { withApprovals } from "./bus-with-approvals.ts";
import type { DrainResult } from "./contender-process.ts";
import { contenderNames } from "./contender.ts";
import type { ContenderName, DrainTask } from "./contender.ts";
import { readRedisVersion, startRedisServer } from "./redis-server.ts";

const program = fileURLToPath(new URL("contender-process.ts", import.meta.url));

export type ContenderFigures = {
  readonly contender: ContenderName;
  /** From the first event that came until the last was handed over. */
  readonly eventsPerSecond: Spread;
  /** User and system time of the draining process; of its database only what runs inside of it. */
  readonly cpuMicros: Spread;
  /** Of the draining process. */
  readonly peakMiB: Spread;
  /** Resident memory of each round. */
  readonly resident: readonly Quarters[];
  readonly toUnawaited: number;
  readonly toAwaited: number;
  /** As its store tells it. */
  readonly durability: string;
};

export type IntakeAim = {
  readonly name: string;
  readonly is: number;
  readonly bound: "at least" | "at most";
  readonly aim: number;
  readonly isMet: boolean;
};

export type IntakeFigures = {
  readonly events: number;
  readonly rounds: number;
  readonly contenders: readonly ContenderFigures[];
  readonly aims: readonly IntakeAim[];
};

/**
 * Lets each contender drain `events` retained events `rounds` times, by turns, each time in a new process and on a new,
 * empty store.
 *
 * @throws when there is no Redis, or one of them does not have every event at its end.
 */
export async function measureIntake(
  events: number,
  rounds: number,
  report: (text: string) => void,
): Promise<IntakeFigures> {
  report(await readRedisVersion());
  return withApprovals(events, report, async (bus) => {
    const results = new Map<ContenderName, DrainResult[]>(contenderNames.map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const name of rotated(contenderNames, round)) {
        const result = await drainOnce(bus, name, events);
        results.get(name)?.push(result);
        report(
          `round ${round + 1}, ${name}: ${rateOf(result, events).toFixed(0)}/s, ` +
            `${(result.cpuMicros / events).toFixed(1)} µs of CPU each, peak ${mebibytes(result.peakBytes).toFixed(0)} MiB`,
        );
      }
    }
    const contenders = summarize(events, results);
    return { events, rounds, contenders, aims: compare(contenders) };
  });
}

async function drainOnce(bus: Bus, contender: ContenderName, count: number): Promise<DrainResult> {
  const folder = join(bus.folder, contender);
  await using cleanup = new AsyncDisposableStack();
  await mkdir(folder);
  cleanup.defer(() => rm(folder, { recursive: true }));
  let task: DrainTask = {
    contender,
    address: bus.address,
    count,
    dataDir: folder,
    databaseUrl: "",
    redisPort: 0,
  };
  if (contender === "sluice-postgres") {
    const server = await startPostgresServer();
    cleanup.defer(() => server.stop());
    task = { ...task, databaseUrl: server.url };
  } else if (contender !== "sluice-pglite") {
    const server = await startRedisServer(folder);
    cleanup.defer(() => server.stop());
    task = { ...task, redisPort: server.port };
  }
  let result: DrainResult | undefined;
  const nodeFlags = contender === "sluice-pglite" ? embeddedDatabaseNodeOptions : [];
  await runProgram(contender, program, task, nodeFlags, (message) => {
    result = message as DrainResult;
  });
  if (result === undefined) throw new Error(`${contender} ended without a word`);
  for (const [what, found] of Object.entries(result.inventory)) {
    if (found !== count)
      throw new Error(`${contender} has ${found} ${what}, and ${count} events were on the bus`);
  }
  return result;
}

function summarize(
  events: number,
  results: ReadonlyMap<ContenderName, readonly DrainResult[]>,
): readonly ContenderFigures[] {
  const rate = (name: ContenderName): Spread =>
    spreadOf((results.get(name) ?? []).map((result) => rateOf(result, events)));
  return contenderNames.map((contender) => {
    const rounds = results.get(contender) ?? [];
    const eventsPerSecond = rate(contender);
    return {
      contender,
      eventsPerSecond,
      cpuMicros: spreadOf(rounds.map(({ cpuMicros }) => cpuMicros / events)),
      peakMiB: spreadOf(rounds.map(({ peakBytes }) => mebibytes(peakBytes))),
      resident: rounds.map(({ memory }) =>
        quartersOf(memory.map(({ residentBytes }) => mebibytes(residentBytes))),
      ),
      toUnawaited: eventsPerSecond.median / rate("peer-unawaited").median,
      toAwaited: eventsPerSecond.median / rate("peer-awaited").median,
      durability: rounds[0]?.durability ?? "unknown",
    };
  });
}

function compare(contenders: readonly ContenderFigures[]): readonly IntakeAim[] {
  return contenders.flatMap(({ contender, toUnawaited, toAwaited, peakMiB }) => {
    switch (contender) {
      case "sluice-postgres":
        return [
          atLeast("events a second on PostgreSQL, to peer-unawaited", toUnawaited, 1),
          atLeast("events a second on PostgreSQL, to peer-awaited", toAwaited, 10),
          atMost("peak memory on PostgreSQL, MiB", peakMiB.max, 256),
        ];
      case "sluice-pglite":
        return [atMost("peak memory on PGlite, MiB", peakMiB.max, 768)];
      case "peer-unawaited":
      case "peer-awaited":
        return [];
    }
  });
}

function atLeast(name: string, is: number, aim: number): IntakeAim {
  return { name, is, bound: "at least", aim, isMet: is >= aim };
}

function atMost(name: string, is: number, aim: number): IntakeAim {
  return { name, is, bound: "at most", aim, isMet: is <= aim };
}

function rateOf({ wallMs }: DrainResult, events: number): number {
  return (events / wallMs) * 1_000;
}

function mebibytes(bytes: number): number {
  return bytes / 1_048_576;
}
