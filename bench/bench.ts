/** Measures the parts of Sluice and prints figures; compare those of one run with one another, not with other runs. */
import { parseArgs } from "node:util";
import { intakeTable } from "./intake/intake-table.ts";
import { measureIntake } from "./intake/measure-intake.ts";
import { measureOrg } from "./org/measure-org.ts";
import type { OrgFigures } from "./org/measure-org.ts";
import { measurePubSub } from "./pubsub/measure-pubsub.ts";
import { measureSlowConsumer } from "./pubsub/measure-slow-consumer.ts";
import { pubsubTable, slowConsumerTable } from "./pubsub/pubsub-tables.ts";
import { measureTakeover } from "./takeover/measure-takeover.ts";
import { takeoverTable } from "./takeover/takeover-table.ts";

const help = `Usage: npm run bench -- [org | pubsub | slow-consumer | intake | takeover] [options]

  org              the emulated org: events published and delivered a second, memory by retained events
  pubsub           @sluice/pubsub beside a popular client and beside bare grpc-js: CPU, memory, events a second
  slow-consumer    memory of @sluice/pubsub while the bus is faster than its consumer
  intake           retained events drained into jobs after an outage: Sluice on PostgreSQL and on PGlite beside a
                   popular client with BullMQ on Redis, un-awaited (fast, unsafe) and awaited; needs redis-server
  takeover         two processes that may read the topic, and a worker: how soon the other reads after a kill -9 and
                   after a SIGTERM, and what a leader does that was paused; exit code 1 when an invariant broke

Options
  --events <n>     events of each part (default: org 20000, pubsub and intake 100000, slow-consumer 1000000)
  --retained <n>   org: events on the bus for the memory figure (default 100000)
  --rounds <n>     how often each reads them (default: pubsub 3, intake 2)
  --runs <n>       takeover: how often each way (default 10)
  --pause <s>      takeover: seconds that the leader is paused (default 60)
  --json           the result as JSON on stdout, progress on stderr
  --help           this text
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: "string" },
    retained: { type: "string" },
    rounds: { type: "string" },
    runs: { type: "string" },
    pause: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Each measures, and says how to print what it measured. */
const benchmarks: Readonly<
  Record<
    string,
    () => Promise<{ readonly figures: unknown; readonly text: string; readonly isBroken?: boolean }>
  >
> = {
  org: async () => {
    const figures = await measureOrg(readCount("events", 20_000), readCount("retained", 100_000), report);
    return { figures, text: orgTable(figures) };
  },
  pubsub: async () => {
    const figures = await measurePubSub(readCount("events", 100_000), readCount("rounds", 3), report);
    return { figures, text: pubsubTable(figures) };
  },
  "slow-consumer": async () => {
    const figures = await measureSlowConsumer(readCount("events", 1_000_000), report);
    return { figures, text: slowConsumerTable(figures) };
  },
  intake: async () => {
    const figures = await measureIntake(readCount("events", 100_000), readCount("rounds", 2), report);
    return { figures, text: intakeTable(figures) };
  },
  takeover: async () => {
    const figures = await measureTakeover(readCount("runs", 10), readCount("pause", 60), report);
    return { figures, text: takeoverTable(figures), isBroken: figures.isBroken };
  },
};

const [name = "org", surplus] = positionals;
const benchmark = surplus === undefined ? benchmarks[name] : undefined;
if (values.help) process.stdout.write(help);
else if (benchmark === undefined) {
  const asked = positionals.join(" ");
  process.stderr.write(`there is no benchmark "${asked}"; npm run bench -- --help lists them\n`);
  process.exitCode = 2;
} else {
  const { figures, text, isBroken = false } = await benchmark();
  process.stdout.write(values.json ? `${JSON.stringify(figures, null, 2)}\n` : `\n${text}`);
  // Said outright: PostgreSQL's exit hook ends the process with 0, whatever `process.exitCode` is.
  if (isBroken) process.exit(1);
}

function orgTable({ events, startMs, rates, memory }: OrgFigures): string {
  const [alone] = rates;
  const rows = rates.map(
    ({ name, perSecond, cpuMicros }) =>
      `| ${name} | ${perSecond.toFixed(0)} | ${cpuMicros.toFixed(1)} | ${(perSecond / (alone?.perSecond ?? 1)).toFixed(2)} |`,
  );
  return (
    `${events} events a part; the org started in ${startMs.toFixed(0)} ms\n\n` +
    `| what | per second | org's CPU, µs each | to publishing alone |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n\n` +
    `${memory.retainedEvents} retained events: resident ${memory.emptyRssMiB} → ${memory.filledRssMiB} MiB, ` +
    `heap ${memory.emptyHeapMiB} → ${memory.filledHeapMiB} MiB; a start on them takes ${memory.restartMs.toFixed(0)} ms\n`
  );
}

function report(text: string): void {
  process.stderr.write(`${text}\n`);
}

function readCount(name: "events" | "retained" | "rounds" | "runs" | "pause", otherwise: number): number {
  const given = values[name];
  if (given === undefined) return otherwise;
  const count = Number(given);
  if (Number.isInteger(count) && count > 0) return count;
  process.stderr.write(`--${name} takes a whole number above zero, and got "${given}"\n`);
  process.exit(2);
}
