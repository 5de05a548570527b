import { dev } from "./dev/dev-command.ts";
import { migrateCommand } from "./migrate-command.ts";
import { orders } from "./orders-command.ts";
import { goLive } from "./go-live-command.ts";
import { org } from "./org-command.ts";
import { reconcile } from "./reconcile-command.ts";
import { serve } from "./serve-command.ts";
import { worker } from "./worker-command.ts";

/** A verb of the command line. `run` gets what follows it and returns the exit code. */
export type Command = {
  readonly name: string;
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
};

export const commands: readonly Command[] = [
  dev,
  serve,
  worker,
  migrateCommand,
  orders,
  org,
  goLive,
  reconcile,
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
