import { withSpread } from "../pubsub/pubsub-tables.ts";
import type { IntakeFigures } from "./measure-intake.ts";

export function intakeTable({ events, rounds, contenders, aims }: IntakeFigures): string {
  const rows = contenders.map(
    ({ contender, eventsPerSecond, cpuMicros, peakMiB, toUnawaited, toAwaited }) =>
      `| ${contender} | ${withSpread(eventsPerSecond, 0)} | ${withSpread(cpuMicros, 1)} | ${withSpread(peakMiB, 0)} | ` +
      `${toUnawaited.toFixed(2)} | ${toAwaited.toFixed(2)} |`,
  );
  const memory = contenders.flatMap(({ contender, resident }) =>
    resident.map(
      ({ second, last, isFlat }, round) =>
        `| ${contender} | ${round + 1} | ${second.toFixed(0)} | ${last.toFixed(0)} | ${isFlat ? "yes" : "no"} |`,
    ),
  );
  const verdicts = aims.map(
    ({ name, is, bound, aim, isMet }) =>
      `| ${name} | ${is.toFixed(2)} | ${bound} ${aim} | ${isMet ? "yes" : "no"} |`,
  );
  const stores = contenders.map(({ contender, durability }) => `- ${contender}: ${durability}`);
  return (
    `${events} retained events, ${rounds} rounds: the median (least to most). Each contender has each event, read back from its store.\n\n` +
    `| contender | events a second | CPU, µs an event | peak memory, MiB | to peer-unawaited | to peer-awaited |\n` +
    `| --- | --- | --- | --- | --- | --- |\n${rows.join("\n")}\n\n` +
    `| resident, MiB: mean of | round | second quarter | last quarter | flat |\n` +
    `| --- | --- | --- | --- | --- |\n${memory.join("\n")}\n\n` +
    `| | is | aim | met |\n| --- | --- | --- | --- |\n${verdicts.join("\n")}\n\n` +
    `CPU and memory are those of the draining process: PostgreSQL and Redis run beside it, PGlite within it. The stores tell:\n` +
    `${stores.join("\n")}\n`
  );
}
