import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBareClient } from "./bare-client.ts";
import type { BareClient } from "./bare-client.ts";
import { readingType } from "./reading-type.ts";
import { startOrgProcess } from "./start-org-process.ts";
import type { OrgProcess, OrgUsageSample } from "./start-org-process.ts";

const metadataDir = fileURLToPath(new URL("metadata", import.meta.url));
const topic = "/event/Reading__e";
/** The service recommends at most 200 events a request. */
const eventsPerRequest = 200;

/** One line of the result. Rates are per second; `cpuMicros` is the org's CPU for one event, or one delivery of it. */
export type OrgFigure = {
  readonly name: string;
  readonly perSecond: number;
  readonly cpuMicros: number;
};

export type OrgFigures = {
  readonly events: number;
  readonly startMs: number;
  readonly rates: readonly OrgFigure[];
  readonly memory: {
    readonly retainedEvents: number;
    readonly emptyRssMiB: number;
    readonly filledRssMiB: number;
    readonly emptyHeapMiB: number;
    readonly filledHeapMiB: number;
    /** Until a new process serves the same data again. */
    readonly restartMs: number;
  };
};

/** Publishes and delivers `events` events a part; `retained` events are left on the bus for the memory figure. */
export async function measureOrg(
  events: number,
  retained: number,
  report: (text: string) => void,
): Promise<OrgFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  try {
    let org = await startOrgProcess([metadataDir], dataDir);
    const { startMs } = org;
    const empty = await org.usage();
    const bench = await openBench(org);
    const rates: OrgFigure[] = [];
    const add = (figure: OrgFigure): void => {
      rates.push(figure);
      report(
        `${figure.name}: ${figure.perSecond.toFixed(0)}/s, ${figure.cpuMicros.toFixed(1)} µs of CPU each`,
      );
    };
    // The first part warms up both processes and is not counted.
    await bench.publish(Math.min(events, 5_000));
    add(await bench.publishOnly(events));
    for (const subscribers of [1, 10]) add(await bench.deliverLive(events, subscribers));
    for (const subscribers of [1, 10]) add(await bench.deliverRetained(events, subscribers));
    const published = bench.published();
    await bench.publish(Math.max(0, retained - published));
    const filled = await org.usage();
    bench.close();
    await org.stop();
    org = await startOrgProcess([metadataDir], dataDir);
    const restartMs = org.startMs;
    await org.stop();
    return {
      events,
      startMs,
      rates,
      memory: { retainedEvents: Math.max(retained, published), ...memoryOf(empty, filled), restartMs },
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function openBench(org: OrgProcess) {
  const client = openBareClient(org);
  const schemaId = await client.schemaId(topic);
  const payloads = makePayloads();
  let published = 0;
  const publish = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= eventsPerRequest) {
      const batch = payloads.slice(0, Math.min(left, eventsPerRequest));
      await client.publish(topic, schemaId, batch);
      published += batch.length;
    }
  };
  /** Runs `work` and charges the org's CPU to `units` of it. */
  const measure = async (name: string, units: number, work: () => Promise<void>): Promise<OrgFigure> => {
    const before = await org.usage();
    const startedAtMs = performance.now();
    await work();
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const after = await org.usage();
    return { name, perSecond: units / seconds, cpuMicros: (after.cpuMicros - before.cpuMicros) / units };
  };
  const subscribe = (count: number, subscribers: number, preset: "LATEST" | "EARLIEST") => {
    const clients: readonly BareClient[] = Array.from({ length: subscribers }, () => openBareClient(org));
    const streams = clients.map((each) => each.subscribe(topic, preset, count));
    return {
      haveStarted: () => streams.every((stream) => stream.hasStarted()),
      async finish() {
        await Promise.all(streams.map(({ finished }) => finished));
        for (const each of clients) each.close();
      },
    };
  };
  return {
    publish,
    published: () => published,
    close: () => {
      client.close();
    },
    publishOnly: (count: number) => measure("published, nobody listens", count, () => publish(count)),
    async deliverLive(count: number, subscribers: number) {
      const listeners = subscribe(count, subscribers, "LATEST");
      // A stream from LATEST tells that it is open by its first event only.
      while (!listeners.haveStarted()) await publish(1);
      return measure(`delivered while published, to ${subscribers}`, count * subscribers, async () => {
        await Promise.all([publish(count), listeners.finish()]);
      });
    },
    deliverRetained: (count: number, subscribers: number) =>
      measure(`delivered from the retained, to ${subscribers}`, count * subscribers, () =>
        subscribe(count, subscribers, "EARLIEST").finish(),
      ),
  };
}

function makePayloads(): readonly Uint8Array[] {
  return Array.from({ length: eventsPerRequest }, (_item, index) =>
    readingType.toBuffer({
      CreatedDate: 1_700_000_000_000 + index,
      CreatedById: "005Hs0000000001IAA",
      Sensor__c: `sensor-${index}`,
      Value__c: index / 4,
    }),
  );
}

function memoryOf(empty: OrgUsageSample, filled: OrgUsageSample) {
  const mebibytes = (bytes: number): number => Math.round(bytes / 1_048_576);
  return {
    emptyRssMiB: mebibytes(empty.rss),
    filledRssMiB: mebibytes(filled.rss),
    emptyHeapMiB: mebibytes(empty.heapUsed),
    filledHeapMiB: mebibytes(filled.heapUsed),
  };
}
