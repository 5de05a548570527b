import { open } from "node:fs/promises";
import { join } from "node:path";
import { withReadings } from "./bus-with-readings.ts";
import type { BusWithReadings } from "./bus-with-readings.ts";
import { checksumOf } from "./reading.ts";
import { quartersOf } from "./quarters.ts";
import type { Quarters } from "./quarters.ts";
import { runProgram } from "./run-program.ts";
import type { MemorySample, SlowReaderEnd, SlowReaderTask } from "./slow-reader-process.ts";

/** The consumer's writes alone shall take this many times what the bus takes to deliver. */
const aimedSlowness = 2.5;
const leastSlowness = 2;
/**
 * V8 doubles its young generation as a process gets older, whatever the program holds (here by 13 MiB and by 26 MiB
 * within a million events). Of a fixed size, it leaves the growth that the client is to blame for.
 */
const nodeFlags = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16"];
const samplesOfRun = 40;

export type SlowConsumerFigures = {
  readonly events: number;
  /** Without any writing, in a process of its own. */
  readonly unhinderedPerSecond: number;
  readonly perSecond: number;
  /** How many times faster the bus could have delivered; below 2 the run says nothing. */
  readonly slowness: number;
  readonly isSlowEnough: boolean;
  readonly writes: number;
  readonly samples: readonly MemorySample[];
  readonly resident: Quarters;
  readonly heap: Quarters;
  readonly peakMiB: number;
  /** By the client's word; the org fails a stream that goes beyond 100. */
  readonly largestOutstanding: number;
};

/** Lets `@sluice/pubsub` read `events` retained events with a consumer that the bus has to wait for. */
export function measureSlowConsumer(
  events: number,
  report: (text: string) => void,
): Promise<SlowConsumerFigures> {
  return withReadings(events, report, async (bus) => {
    const file = join(bus.folder, "consumed");
    const { address } = bus;
    const nothing = (): void => undefined;
    const unhindered = await consume(
      bus,
      {
        address,
        file,
        count: Math.min(events, 100_000),
        writesPerEvent: 0,
        eventsPerSample: Number.MAX_SAFE_INTEGER,
      },
      nothing,
    );
    const msPerEvent = 1_000 / unhindered.eventsPerSecond;
    const writesPerEvent = (aimedSlowness * msPerEvent) / (await measureWriteMs(file));
    report(
      `unhindered ${unhindered.eventsPerSecond.toFixed(0)}/s; now ${writesPerEvent.toFixed(2)} writes an event`,
    );
    const samples: MemorySample[] = [];
    const eventsPerSample = Math.ceil(events / samplesOfRun);
    const slow = await consume(
      bus,
      { address, file, count: events, writesPerEvent, eventsPerSample },
      (each) => {
        samples.push(each);
        const { events: taken, residentBytes, heapBytes } = each;
        report(
          `${taken} events: resident ${mebibytes(residentBytes).toFixed(1)} MiB, heap ${mebibytes(heapBytes).toFixed(1)} MiB`,
        );
      },
    );
    const slowness = unhindered.eventsPerSecond / slow.eventsPerSecond;
    return {
      events,
      unhinderedPerSecond: unhindered.eventsPerSecond,
      perSecond: slow.eventsPerSecond,
      slowness,
      isSlowEnough: slowness >= leastSlowness,
      writes: slow.writes,
      samples,
      resident: quartersOf(samples.map(({ residentBytes }) => mebibytes(residentBytes))),
      heap: quartersOf(samples.map(({ heapBytes }) => mebibytes(heapBytes))),
      peakMiB: mebibytes(slow.peakBytes),
      largestOutstanding: slow.largestOutstanding,
    };
  });
}

async function consume(
  { programsDir }: BusWithReadings,
  task: SlowReaderTask,
  onSample: (sample: MemorySample) => void,
): Promise<SlowReaderEnd> {
  let end: SlowReaderEnd | undefined;
  await runProgram("the consumer", join(programsDir, "slow-reader-process.js"), task, nodeFlags, (given) => {
    const message = given as MemorySample | SlowReaderEnd;
    if (message.kind === "end") end = message;
    else onSample(message);
  });
  if (end === undefined) throw new Error("the consumer ended without a word");
  if (end.checksum !== checksumOf(task.count)) throw new Error("other events were read than were published");
  return end;
}

async function measureWriteMs(path: string): Promise<number> {
  const writes = 200;
  const file = await open(path, "w");
  const startedAtMs = performance.now();
  for (let done = 0; done < writes; done += 1) {
    await file.write(JSON.stringify({ taken: done, checksum: done }), 0);
    await file.sync();
  }
  const tookMs = performance.now() - startedAtMs;
  await file.close();
  return tookMs / writes;
}

function mebibytes(bytes: number): number {
  return bytes / 1_048_576;
}
