import { gaps } from "./gaps-command.ts";
import { goLive } from "./go-live-command.ts";
import { orders } from "./orders-command.ts";
import { org } from "./org-command.ts";
import { quarantine } from "./quarantine-command.ts";
import { reconcile } from "./reconcile-command.ts";
import { replay } from "./replay-command.ts";

/** A verb of the command line. `run` gets what follows it and returns the exit code. */
export type Command = {
  readonly name: string;
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
};

export const commands: readonly Command[] = [
  whenRun("dev", "run everything on this machine, an emulated org included", async () => {
    return (await import("./dev/dev-command.ts")).dev;
  }),
  whenRun("serve", "run the service against a Salesforce org", async () => {
    return (await import("./serve-command.ts")).serve;
  }),
  whenRun("worker", "run steps only, beside other processes", async () => {
    return (await import("./worker-command.ts")).worker;
  }),
  whenRun("migrate", "bring the database up to this version", async () => {
    return (await import("./migrate-command.ts")).migrateCommand;
  }),
  org,
  goLive,
  orders,
  quarantine,
  gaps,
  reconcile,
  replay,
];

export function helpText(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Sluice: an order approved in Salesforce is provisioned exactly once, and everyone concerned can see it happen.

Usage: sluice <command> [options]

${lines.join("\n")}

Each command explains itself with --help.
`;
}

/** What serves needs hundreds of modules; a command that only asks the service must not wait for them. */
function whenRun(name: string, summary: string, load: () => Promise<Command>): Command {
  return { name, summary, run: async (args) => (await load()).run(args) };
}
