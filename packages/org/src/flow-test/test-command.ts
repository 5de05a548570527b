import { parseArgs } from "node:util";
import { OrgStartError } from "../org-start-error.ts";
import { runFlowTests } from "./run-flow-tests.ts";
import type { FlowTestResult } from "./run-flow-tests.ts";

/**
 * `sluice-org test [--metadata DIR]… [--json]`: runs the flow tests and prints one line for each. Returns the exit
 * code: 0 when all passed, 1 when one failed or there was none.
 *
 * @param defaultDirs the metadata when none is named.
 * @throws {OrgStartError} bad_option
 * @throws {MetadataError}
 */
export function testCommand(
  args: readonly string[],
  defaultDirs: readonly string[],
  print: (text: string) => void,
): 0 | 1 {
  const { metadata, json } = parseOptions(args);
  const metadataDirs = metadata ?? defaultDirs;
  const results = runFlowTests({ metadataDirs });
  if (json === true) print(`${JSON.stringify(results, null, 2)}\n`);
  else print(report(results, metadataDirs));
  return results.length > 0 && results.every(({ isPassed }) => isPassed) ? 0 : 1;
}

function parseOptions(args: readonly string[]) {
  try {
    const options = {
      metadata: { type: "string", multiple: true },
      json: { type: "boolean" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    const message = `${detail}; sluice-org test takes --metadata <path> and --json`;
    throw new OrgStartError("bad_option", message, { cause: reason });
  }
}

function report(results: readonly FlowTestResult[], metadataDirs: readonly string[]): string {
  if (results.length === 0) return `There is no *.flowtest-meta.xml in ${metadataDirs.join(", ")}.\n`;
  const lines = results.map(({ name, flowName, isPassed, failures }) =>
    isPassed ? `passed  ${name} (${flowName})` : `failed  ${name} (${flowName}): ${failures.join(" | ")}`,
  );
  const failed = results.filter(({ isPassed }) => !isPassed).length;
  return `${[...lines, `${results.length} flow tests, ${failed} failed`].join("\n")}\n`;
}
