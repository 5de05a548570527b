#!/usr/bin/env node
import { parseArgs } from "node:util";
import { printReport } from "./print-report.ts";
import { checkNames, checkTitles, runChecks } from "./run-checks.ts";
import type { CheckName } from "./run-checks.ts";

const helpText = `Usage: node packages/metadata-checks/src/cli.ts [--json] [--only <check>] [folder…]

Checks Salesforce metadata without an org. A folder is an SFDX project or a package directory in one
(default: salesforce).

Options
  --only <check>  run this check alone; repeat it for several
  --json          the report as JSON: check, title, seen, findings, milliseconds
  --help          this text

Checks, in their order
${Object.entries(checkTitles)
  .map(([name, title]) => `  ${name.padEnd(12)} ${title}`)
  .join("\n")}

Ends with 1 when there is a finding, and with 2 when the check itself could not run.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(helpText);
    return 0;
  }
  const folders = positionals.length === 0 ? ["salesforce"] : positionals;
  const only = values.only.length === 0 ? checkNames : values.only.map(readCheckName);
  const reports = await runChecks({ folders, only, nowMs: () => performance.now() });
  process.stdout.write(values.json ? `${JSON.stringify(reports, null, 2)}\n` : printReport(reports));
  return reports.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function readCheckName(text: string): CheckName {
  const name = checkNames.find((known) => known === text);
  if (name !== undefined) return name;
  throw new Error(`--only: there is no check "${text}"; there are ${checkNames.join(", ")}.`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (reason) {
  process.stderr.write(`metadata-checks: ${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exitCode = 2;
}
