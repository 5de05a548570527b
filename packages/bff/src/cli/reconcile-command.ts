import { parseArgs } from "node:util";
import { z } from "zod";
import { reconcileResult } from "../portal/reconcile-schemas.ts";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { openServiceClient } from "./service-client.ts";
import { UsageError } from "./usage-error.ts";
import { whoActs } from "./who-acts.ts";

const help = `Usage: sluice reconcile [--since <time>] [--repair] [--dry-run] [--json]

Compares three ways: the org's orders, the inbox and what was done for them, and what billing and the network have on
record. It tells each difference and what to do about it. One comparison runs at a time.

  --since <time>  orders approved and effects made since then, ISO 8601 with a zone; the last 7 days when left out, and
                  never before go-live. Orders at work are compared whenever they were approved
  --repair        put right what can be: lost approvals and cancellations come in as by the sweep, withdrawn orders are
                  held, statuses are written again, steps are woken up. What needs a person becomes fallout or stays in
                  the report; nothing is bought, ended or deleted downstream
  --dry-run       tell what a repair would do; nothing is kept of the run

What it costs: one query to Salesforce for 2,000 orders approved since, and one for 400 orders at work; one call to
billing and one to the network for 100 of their newest records, back to a day before --since. Nothing younger than 3
minutes is a finding.

Exit codes: 0 nothing was found, or all of it is repaired; 1 refused or failed; 2 wrong usage; 3 no service runs;
4 something is left: for a person, for --repair, or a downstream could not be compared.
`;

type Result = z.infer<typeof reconcileResult>;
type Finding = Result["findings"][number];

export const reconcile: Command = {
  name: "reconcile",
  summary: "compare the org, what was done, and the downstreams",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean", default: false },
        since: { type: "string" },
        repair: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
      },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    const order = {
      since: timeOf(values.since),
      repair: values.repair,
      dryRun: values["dry-run"],
      actor: whoActs(),
    };
    const shape = reconcileResult.extend({ kind: z.literal("result") });
    const { isTTY } = process.stderr;
    const { kind: _, ...result } = await openServiceClient(process.env).run(
      "/api/reconcile",
      order,
      shape,
      ({ orders, records, findings }) => {
        if (isTTY)
          process.stderr.write(
            `\r${String(orders)} orders and ${String(records)} records compared, ${String(findings)} findings`,
          );
      },
    );
    if (isTTY) process.stderr.write("\r\x1b[K");
    process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : resultText(result));
    return hasMoreToDo(result) ? exitCode.leftForAPerson : exitCode.done;
  },
};

/** While observing, orders that came out otherwise count too: they are what one observes for. */
function hasMoreToDo({ left, compared, mode, observed }: Result): boolean {
  const unread = compared.downstreams.some(({ problem }) => problem !== null);
  return left > 0 || unread || (mode === "observe" && observed.differ > 0);
}

function timeOf(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (z.iso.datetime({ offset: true }).safeParse(given).success) return given;
  throw new UsageError(`--since is no time: ${given}. Write it as 2026-11-24T08:00:00Z. See --help.`);
}

function resultText(result: Result): string {
  const { compared, findings, found } = result;
  const lines = [
    `Compared since ${result.since}: ${compared.orgOrders} orders of the org with ${compared.ledgerOrders} known here, ${compared.unfinishedOrders} at work.`,
    ...compared.downstreams.map(({ module, recorded, expected, problem }) =>
      problem === null
        ? `${module}: ${recorded} keys on record, ${expected} effects expected.`
        : `${module} could not be compared: ${problem}`,
    ),
    ...observedLines(result),
    "",
    ...findings.flatMap((finding) => [
      `${finding.code}  ${finding.orderNumber ?? finding.orderId ?? "no order"}  ${outcomeWords(finding, result)}`,
      `    ${finding.found}`,
      ...(finding.outcome === "repaired" || finding.outcome === "changed" ? [] : [`    ${finding.advice}`]),
    ]),
    ...(found > findings.length
      ? [`… and ${found - findings.length} more. Repair these first and compare again.`]
      : []),
    closing(result),
  ];
  return `${lines.join("\n")}\n`;
}

function observedLines({ observed }: Result): readonly string[] {
  if (observed.compared === 0) return [];
  return [
    `Observed: ${observed.agree} of ${observed.compared} orders came out as they would have here, ${observed.undecided} cannot be told yet, ${observed.differ} differ.`,
    ...observed.differences.map(
      ({ orderId, orderNumber, status, detail }) => `    ${orderNumber ?? orderId}  ${status}: ${detail}`,
    ),
  ];
}

function outcomeWords({ outcome }: Finding, { dryRun, repair }: Result): string {
  switch (outcome) {
    case "repairable":
      return dryRun ? "would be repaired" : "can be repaired with --repair";
    case "repaired":
      return "repaired";
    case "handed_over":
      return "given to a person: see the order";
    case "person":
      return "needs a person";
    case "changed":
      return "settled meanwhile";
    case "failed":
      return repair ? "could not be repaired" : "failed";
  }
}

function closing({ found, repaired, left }: Result): string {
  if (found === 0) return "Nothing differs.";
  return `${found} found, ${repaired} repaired, ${left} left.`;
}
