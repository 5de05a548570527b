/** Measures the parts of Sluice and prints figures; compare those of one run with one another, not with other runs. */
import { parseArgs } from "node:util";
import { measureOrg } from "./org/measure-org.ts";

const help = `Usage: npm run bench -- [org] [options]

  org              the emulated org: events published and delivered a second, memory by retained events

Options
  --events <n>     events of each part (default 20000)
  --retained <n>   events on the bus for the memory figure (default 100000)
  --json           the result as JSON on stdout, progress on stderr
  --help           this text
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: "string", default: "20000" },
    retained: { type: "string", default: "100000" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const unknown = positionals.find((name) => name !== "org");
if (values.help) process.stdout.write(help);
else if (unknown !== undefined) {
  process.stderr.write(`there is no benchmark "${unknown}"; npm run bench -- --help lists them\n`);
  process.exitCode = 2;
} else await run();

async function run(): Promise<void> {
  const figures = await measureOrg(readCount("events"), readCount("retained"), (text) => {
    process.stderr.write(`${text}\n`);
  });
  if (values.json) {
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    return;
  }
  const [alone] = figures.rates;
  const rows = figures.rates.map(
    ({ name, perSecond, cpuMicros }) =>
      `| ${name} | ${perSecond.toFixed(0)} | ${cpuMicros.toFixed(1)} | ${(perSecond / (alone?.perSecond ?? 1)).toFixed(2)} |`,
  );
  const { memory } = figures;
  process.stdout.write(
    `\n${figures.events} events a part; the org started in ${figures.startMs.toFixed(0)} ms\n\n` +
      `| what | per second | org's CPU, µs each | to publishing alone |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n\n` +
      `${memory.retainedEvents} retained events: resident ${memory.emptyRssMiB} → ${memory.filledRssMiB} MiB, ` +
      `heap ${memory.emptyHeapMiB} → ${memory.filledHeapMiB} MiB; a start on them takes ${memory.restartMs.toFixed(0)} ms\n`,
  );
}

function readCount(name: "events" | "retained"): number {
  const count = Number(values[name]);
  if (Number.isInteger(count) && count > 0) return count;
  process.stderr.write(`--${name} takes a whole number above zero, and got "${values[name]}"\n`);
  process.exit(2);
}
