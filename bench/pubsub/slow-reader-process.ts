/** A consumer that makes each batch durable before it takes the next one, and tells how much memory it holds. */
import { open } from "node:fs/promises";
import type { StreamItem } from "@sluice/pubsub";
import { failWhenStalled, openReadingCheck } from "./check-readings.ts";
import type { ReadingCheck } from "./check-readings.ts";
import { outstandingAfterGrant } from "./granted-credit.ts";
import { peakResidentBytes } from "./peak-memory.ts";
import type { ReaderAddress } from "./reader.ts";
import { readingTopic } from "./reading.ts";
import { openSluiceClient, sluiceCapacity } from "./sluice-reader.ts";

export type SlowReaderTask = {
  readonly address: ReaderAddress;
  readonly count: number;
  /** Written and synced to disk for each event, rounded up for each batch. 0: nothing is written. */
  readonly writesPerEvent: number;
  readonly file: string;
  readonly eventsPerSample: number;
};

/** Memory right after a forced garbage collection. */
export type MemorySample = {
  readonly kind: "sample";
  readonly events: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Of buffers outside of the heap. */
  readonly externalBytes: number;
};

export type SlowReaderEnd = {
  readonly kind: "end";
  readonly eventsPerSecond: number;
  readonly writes: number;
  readonly largestOutstanding: number;
  readonly peakBytes: number;
  readonly checksum: number;
};

const task = JSON.parse(process.argv[2] ?? "{}") as SlowReaderTask;
const end = await consume();
process.send?.(end, () => {
  process.exit(0);
});

async function consume(): Promise<SlowReaderEnd> {
  const { count, writesPerEvent, eventsPerSample } = task;
  const check = openReadingCheck(count);
  failWhenStalled(check, count);
  const file = await open(task.file, "w");
  let largestOutstanding = 0;
  let writes = 0;
  let nextSampleAt = eventsPerSample;
  const client = await openSluiceClient(task.address, (event) => {
    largestOutstanding = Math.max(largestOutstanding, outstandingAfterGrant(event));
  });
  const { signal } = new AbortController();
  const options = { position: { kind: "earliest" }, capacity: () => sluiceCapacity, signal } as const;
  const startedAtMs = performance.now();
  for await (const item of client.subscribe(readingTopic, options)) {
    const takenBefore = check.taken();
    takeItem(item, check);
    const taken = check.taken() - takenBefore;
    for (let left = Math.ceil(taken * writesPerEvent); left > 0; left -= 1) {
      await file.write(JSON.stringify({ taken: check.taken(), checksum: check.checksum() }), 0);
      await file.sync();
      writes += 1;
    }
    if (check.taken() >= nextSampleAt) {
      nextSampleAt += eventsPerSample;
      process.send?.(sample(check.taken()));
    }
    if (check.taken() === count) break;
  }
  await file.close();
  return {
    kind: "end",
    eventsPerSecond: (count / (performance.now() - startedAtMs)) * 1_000,
    writes,
    largestOutstanding,
    peakBytes: peakResidentBytes(),
    checksum: check.checksum(),
  };
}

function takeItem(item: StreamItem, check: ReadingCheck): void {
  if (item.kind === "discontinuity") throw item.error;
  for (const event of item.events) {
    if (event.kind === "undecodable") throw event.error;
    check.take(event.payload);
  }
}

function sample(events: number): MemorySample {
  if (globalThis.gc === undefined) throw new Error("the samples need node --expose-gc");
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { kind: "sample", events, residentBytes: rss, heapBytes: heapUsed, externalBytes: external };
}
