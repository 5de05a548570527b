#!/usr/bin/env node
import { commands, helpText } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { NoServiceError } from "./no-service-error.ts";
import { UsageError } from "./usage-error.ts";

/** An error of ours says all that a reader needs; anything else is a defect and shows where it came from. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isBadOption(error)) return `${error.message}. See --help.`;
  const isExpected = "code" in error && typeof error.code === "string" && !error.code.startsWith("ERR_");
  return isExpected ? error.message : (error.stack ?? error.message);
}

/** What node:util's parseArgs throws. */
function isBadOption(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

function codeOf(error: unknown): number {
  if (error instanceof UsageError || isBadOption(error)) return exitCode.wrongUsage;
  return error instanceof NoServiceError ? exitCode.noService : exitCode.failed;
}

async function main(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === undefined || verb === "help" || verb === "--help" || verb === "-h") {
    process.stdout.write(helpText());
    return verb === undefined ? exitCode.wrongUsage : exitCode.done;
  }
  const command = commands.find(({ name }) => name === verb);
  if (command === undefined) {
    throw new UsageError(
      `there is no command ${verb}. Known: ${commands.map(({ name }) => name).join(", ")}.`,
    );
  }
  return command.run(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`sluice: ${describe(error)}\n`);
  process.exitCode = codeOf(error);
}
