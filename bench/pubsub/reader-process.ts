/** One subscriber in a process of its own: reads what is asked for, tells what it took, and exits. */
import { failWhenStalled, openReadingCheck } from "./check-readings.ts";
import { peakResidentBytes } from "./peak-memory.ts";
import type { OpenReader, ReaderAddress, ReaderName } from "./reader.ts";
import { readingTopic } from "./reading.ts";

export type ReaderTask = {
  readonly reader: ReaderName;
  /** Without it the client is imported, and that is all. */
  readonly read: { readonly address: ReaderAddress; readonly count: number } | null;
};

export type ReaderFigures = {
  /** User and system time from before the first request to the last event. */
  readonly cpuMicros: number;
  /** Between the same moments. */
  readonly wallMs: number;
  /** From the start of the process to the first event; 0 when nothing was read. */
  readonly firstEventMs: number;
  readonly peakBytes: number;
  readonly checksum: number;
};

// Parsing it with a library would add the library's memory to each of the figures.
const task = JSON.parse(process.argv[2] ?? "{}") as ReaderTask;
const openReader = await importReader(task.reader);
const figures = task.read === null ? idle() : await read(task.read.address, task.read.count);
process.send?.(figures, () => {
  // The clients' connections would keep the process.
  process.exit(0);
});

function idle(): ReaderFigures {
  return { cpuMicros: 0, wallMs: 0, firstEventMs: 0, peakBytes: peakResidentBytes(), checksum: 0 };
}

async function read(address: ReaderAddress, count: number): Promise<ReaderFigures> {
  const check = openReadingCheck(count);
  failWhenStalled(check, count);
  const reader = await openReader(address);
  let firstEventMs = 0;
  let cpuMicros = 0;
  let wallMs = 0;
  const startedAtMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  await reader.read(readingTopic, (payload) => {
    if (firstEventMs === 0) firstEventMs = performance.now();
    if (!check.take(payload)) return false;
    const { user, system } = process.cpuUsage(cpuAtStart);
    cpuMicros = user + system;
    wallMs = performance.now() - startedAtMs;
    return true;
  });
  if (check.taken() !== count)
    throw new Error(`${check.taken()} of ${count} events came, then reading ended`);
  return { cpuMicros, wallMs, firstEventMs, peakBytes: peakResidentBytes(), checksum: check.checksum() };
}

/** Each process loads its own client and no other. */
async function importReader(name: ReaderName): Promise<OpenReader> {
  switch (name) {
    case "sluice":
      return (await import("./sluice-reader.ts")).openReader;
    case "popular":
      return (await import("./popular-reader.ts")).openReader;
    case "bare":
      return (await import("./bare-reader.ts")).openReader;
  }
}
