import type { PubSubFigures } from "./measure-pubsub.ts";
import type { SlowConsumerFigures } from "./measure-slow-consumer.ts";
import type { Quarters } from "./quarters.ts";
import type { ReaderName } from "./reader.ts";
import type { Spread } from "./rounds.ts";

const readerTitles: Readonly<Record<ReaderName, string>> = {
  sluice: "@sluice/pubsub",
  popular: "salesforce-pubsub-api-client",
  bare: "grpc-js, proto-loader, avsc",
};

export function pubsubTable({ events, rounds, clients, aims }: PubSubFigures): string {
  const rows = clients.map(
    ({ reader, cpuMicros, eventsPerSecond, peakMiB, peakOverIdleMiB, startMs }) =>
      `| ${readerTitles[reader]} | ${withSpread(cpuMicros, 1)} | ${withSpread(eventsPerSecond, 0)} | ` +
      `${withSpread(peakMiB, 1)} | ${withSpread(peakOverIdleMiB, 1)} | ${withSpread(startMs, 0)} |`,
  );
  const verdicts = aims.map(
    ({ name, ratio, atMost, isMet }) =>
      `| ${name} | ${ratio.toFixed(2)} | at most ${atMost} | ${isMet ? "yes" : "no"} |`,
  );
  return (
    `${events} retained events, ${rounds} rounds: the median (least to most)\n\n` +
    `| client | CPU, µs an event | events a second | peak memory, MiB | over the idle client, MiB | first event after, ms |\n` +
    `| --- | --- | --- | --- | --- | --- |\n${rows.join("\n")}\n\n` +
    `| ratio of the medians | is | aim | met |\n| --- | --- | --- | --- |\n${verdicts.join("\n")}\n`
  );
}

export function slowConsumerTable(figures: SlowConsumerFigures): string {
  const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  const rows = figures.samples.map(
    ({ events, residentBytes, heapBytes, externalBytes }) =>
      `| ${events} | ${mebibytes(residentBytes)} | ${mebibytes(heapBytes)} | ${mebibytes(externalBytes)} |`,
  );
  const { unhinderedPerSecond, perSecond, slowness, isSlowEnough, resident, heap } = figures;
  const doubt = isSlowEnough ? "" : "; it was not slow enough for the rest to say anything";
  return (
    `${figures.events} retained events, ${figures.writes} writes with fsync: ${perSecond.toFixed(0)} events a second, ` +
    `where ${unhinderedPerSecond.toFixed(0)} are possible (${slowness.toFixed(1)} times${doubt})\n\n` +
    `| events | resident, MiB | heap, MiB | buffers outside of it, MiB |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n\n` +
    `| mean of | second quarter | last quarter | flat |\n| --- | --- | --- | --- |\n` +
    `${quarterRow("resident, MiB", resident)}\n${quarterRow("heap, MiB", heap)}\n\n` +
    `Peak memory ${figures.peakMiB.toFixed(1)} MiB; never more than ${figures.largestOutstanding} events outstanding\n`
  );
}

function quarterRow(name: string, { second, last, isFlat }: Quarters): string {
  return `| ${name} | ${second.toFixed(1)} | ${last.toFixed(1)} | ${isFlat ? "yes" : "no"} |`;
}

/** The median, and the least and the most. */
export function withSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}
