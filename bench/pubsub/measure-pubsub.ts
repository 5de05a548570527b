import { join } from "node:path";
import { withReadings } from "./bus-with-readings.ts";
import type { BusWithReadings } from "./bus-with-readings.ts";
import { readerNames } from "./reader.ts";
import type { ReaderName } from "./reader.ts";
import type { ReaderFigures, ReaderTask } from "./reader-process.ts";
import { checksumOf } from "./reading.ts";
import { rotated, spreadOf } from "./rounds.ts";
import type { Spread } from "./rounds.ts";
import { runProgram } from "./run-program.ts";

export type ClientFigures = {
  readonly reader: ReaderName;
  /** User and system time of one event, first request to last event. */
  readonly cpuMicros: Spread;
  readonly eventsPerSecond: Spread;
  readonly peakMiB: Spread;
  /** The same, less the peak of a process that imports the client and does nothing. */
  readonly peakOverIdleMiB: Spread;
  /** From the start of the process to the first event. */
  readonly startMs: Spread;
};

/** How two clients compare, by their medians. */
export type Aim = {
  readonly name: string;
  readonly ratio: number;
  readonly atMost: number;
  readonly isMet: boolean;
};

export type PubSubFigures = {
  readonly events: number;
  readonly rounds: number;
  readonly clients: readonly ClientFigures[];
  readonly aims: readonly Aim[];
};

type Round = ReaderFigures & { readonly idleBytes: number };

/** Lets each client read `events` retained events `rounds` times, by turns and each time in a new process. */
export function measurePubSub(
  events: number,
  rounds: number,
  report: (text: string) => void,
): Promise<PubSubFigures> {
  return withReadings(events, report, async (bus) => {
    // The first to read would find a cold org and cold files.
    for (const name of readerNames) await readOnce(bus, name, Math.min(events, 5_000));
    const results = new Map<ReaderName, Round[]>(readerNames.map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const name of rotated(readerNames, round)) {
        const figures = await readOnce(bus, name, events);
        results.get(name)?.push(figures);
        report(
          `round ${round + 1}, ${name}: ${(figures.cpuMicros / events).toFixed(1)} µs of CPU each, ` +
            `${((events / figures.wallMs) * 1_000).toFixed(0)}/s, peak ${mebibytes(figures.peakBytes).toFixed(0)} MiB`,
        );
      }
    }
    const clients = readerNames.map((name) => summarize(name, events, results.get(name) ?? []));
    return { events, rounds, clients, aims: compare(clients) };
  });
}

async function readOnce(bus: BusWithReadings, reader: ReaderName, count: number): Promise<Round> {
  const idle = await runReader(bus, { reader, read: null });
  const figures = await runReader(bus, { reader, read: { address: bus.address, count } });
  if (figures.checksum !== checksumOf(count))
    throw new Error(`${reader} read other events than were published`);
  return { ...figures, idleBytes: idle.peakBytes };
}

async function runReader({ programsDir }: BusWithReadings, task: ReaderTask): Promise<ReaderFigures> {
  let figures: ReaderFigures | undefined;
  await runProgram(task.reader, join(programsDir, "reader-process.js"), task, [], (message) => {
    figures = message as ReaderFigures;
  });
  if (figures === undefined) throw new Error(`${task.reader} ended without a word`);
  return figures;
}

function summarize(reader: ReaderName, events: number, rounds: readonly Round[]): ClientFigures {
  const spread = (read: (round: Round) => number): Spread => spreadOf(rounds.map(read));
  return {
    reader,
    cpuMicros: spread(({ cpuMicros }) => cpuMicros / events),
    eventsPerSecond: spread(({ wallMs }) => (events / wallMs) * 1_000),
    peakMiB: spread(({ peakBytes }) => mebibytes(peakBytes)),
    peakOverIdleMiB: spread(({ peakBytes, idleBytes }) => mebibytes(peakBytes - idleBytes)),
    startMs: spread(({ firstEventMs }) => firstEventMs),
  };
}

function compare(clients: readonly ClientFigures[]): readonly Aim[] {
  const median = (name: ReaderName, of: "cpuMicros" | "peakMiB"): number =>
    clients.find(({ reader }) => reader === name)?.[of].median ?? Number.NaN;
  const aim = (name: string, ratio: number, atMost: number): Aim => ({
    name,
    ratio,
    atMost,
    isMet: ratio <= atMost,
  });
  return [
    aim("CPU, sluice to popular", median("sluice", "cpuMicros") / median("popular", "cpuMicros"), 0.5),
    aim("peak memory, sluice to popular", median("sluice", "peakMiB") / median("popular", "peakMiB"), 0.7),
    aim("CPU, sluice to bare", median("sluice", "cpuMicros") / median("bare", "cpuMicros"), 1.5),
  ];
}

function mebibytes(bytes: number): number {
  return bytes / 1_048_576;
}
