import { parseArgs } from "node:util";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { runService } from "./serve-command.ts";
import { UsageError } from "./usage-error.ts";

/** The queues that there are: the order's own steps, and one for each module. */
const known = ["order", "billing", "network", "notify"];

const help = `Usage: sluice worker [--modules order,billing,network,notify]

Runs steps, and nothing else, beside other processes on the same PostgreSQL (DATABASE_URL). It takes the same environment as
\`sluice serve\`. Start as many as the work needs; each step is done by one of them.

  --modules <list>   work on these queues only, so that modules scale apart; all of them when nothing is said
`;

export const worker: Command = {
  name: "worker",
  summary: "run steps only, beside other processes",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h" }, modules: { type: "string" } },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    if (!process.env["DATABASE_URL"]) {
      throw new UsageError(
        "a worker needs DATABASE_URL: the embedded database serves one process only. Use `sluice serve` there.",
      );
    }
    const modules = values.modules?.split(",") ?? null;
    const unknown = modules?.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new UsageError(`there is no module ${unknown}. Known: ${known.join(", ")}.`);
    }
    return runService({ roles: ["worker"], modules });
  },
};
