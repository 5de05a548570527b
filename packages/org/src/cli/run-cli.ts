import { testCommand } from "../flow-test/test-command.ts";
import { helpText, readCliOptions } from "./cli-options.ts";
import { demoMetadata, runStartCommand } from "./start-command.ts";
import { tellFailure } from "./tell-failure.ts";

/** Does what the command line asks for; a failure is one line on stderr and exit code 1. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  try {
    const [verb, ...rest] = args;
    if (verb === "test") {
      process.exitCode = testCommand(rest, demoMetadata(), (text) => process.stdout.write(text));
      return;
    }
    const options = readCliOptions(args, env);
    switch (options.kind) {
      case "help":
        process.stdout.write(helpText);
        break;
      case "start":
        await runStartCommand(options);
        break;
    }
  } catch (reason) {
    tellFailure(reason);
    process.exit(1);
  }
}
