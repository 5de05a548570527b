import { parseArgs } from "node:util";
import { z } from "zod";
import { checkedGap, gap, gapList, sweepReport } from "../portal/gap-schemas.ts";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import type { ServiceClient } from "./service-client.ts";
import { openServiceClient } from "./service-client.ts";
import { UsageError } from "./usage-error.ts";

const help = `Usage: sluice gaps [--all] [--json]
       sluice gaps <n> [--json]
       sluice gaps check <n> [--dry-run] [--json]
       sluice gaps sweep [--dry-run] [--json]

A gap is a break in the stream of events: approvals in its window may have been missed. It is refilled from the
org's records and closed by a check, both without anybody's help; these commands show it and hurry it on.

  (nothing)   lists open gaps and the last sweep; with --all closed ones too
  <n>         tells everything about a gap, with the queries and counts of its last check
  check <n>   checks a gap now; with --dry-run admits nothing and closes nothing
  sweep       looks through all orders since go-live and admits what no event told of; with --dry-run only tells

Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 no service runs; 4 a gap stays open, and it is said why.
`;

type Check = z.infer<typeof checkedGap>["check"];
type Output = { readonly json: boolean; readonly dryRun: boolean };

export const gaps: Command = {
  name: "gaps",
  summary: "show breaks in the stream of events, check them, sweep for lost approvals",
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean", default: false },
        all: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
      },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    const output = { json: values.json, dryRun: values["dry-run"] };
    const [what, number, ...rest] = positionals;
    if (rest.length > 0 || (number !== undefined && what !== "check")) {
      throw new UsageError(`sluice gaps does not know what to do with ${positionals.join(" ")}. See --help.`);
    }
    if (output.dryRun && what !== "check" && what !== "sweep") {
      throw new UsageError("--dry-run belongs to `sluice gaps check` and `sluice gaps sweep`.");
    }
    const gapId =
      what === "check" ? gapNumber(number) : what === undefined || what === "sweep" ? null : gapNumber(what);
    const service = openServiceClient(process.env);
    if (what === "sweep") return sweep(service, output);
    if (gapId === null) return list(service, values.all, output);
    return what === "check" ? check(service, gapId, output) : show(service, gapId, output);
  },
};

async function list(service: ServiceClient, all: boolean, { json }: Output): Promise<number> {
  const answer = await service.get(`/api/gaps?all=${all}`, gapList);
  print(json, answer, () => {
    const { lastSweep } = answer;
    const swept =
      lastSweep === null
        ? "No sweep has run yet.\n"
        : `Last sweep: ${lastSweep.startedAt}, ${lastSweep.seen} orders seen, ${lastSweep.admitted} admitted${lastSweep.problem === null ? "" : `; it failed: ${lastSweep.problem}`}\n`;
    const lines = answer.gaps.map(
      (row) =>
        `gap ${row.gapId}  ${row.closedAt === null ? "open" : "closed"}  ${row.cause}  ${windowOf(row)}  refilled ${row.refilled}\n${reasonLine(row.lastCheck)}`,
    );
    const none = all ? "There never was a gap.\n" : "No open gaps.\n";
    return `${lines.length === 0 ? none : lines.join("")}${swept}`;
  });
  return exitCode.done;
}

async function show(service: ServiceClient, gapId: number, { json }: Output): Promise<number> {
  const answer = await service.get(`/api/gaps/${gapId}`, gap);
  print(json, answer, () => {
    const state = answer.closedAt === null ? "open" : `closed at ${answer.closedAt}`;
    return [
      `Gap ${answer.gapId}: ${state}`,
      `  cause     ${answer.cause}`,
      `  detail    ${answer.detail}`,
      `  topic     ${answer.topic}`,
      `  window    ${windowOf(answer)}`,
      `  opened    ${answer.openedAt}`,
      `  refilled  ${answer.refilled}`,
      answer.lastCheck === null ? "  not checked yet\n" : checkText(answer.lastCheck),
    ].join("\n");
  });
  return exitCode.done;
}

async function check(service: ServiceClient, gapId: number, { json, dryRun }: Output): Promise<number> {
  const answer = await service.post(`/api/gaps/${gapId}/check`, { dryRun }, checkedGap);
  const closed = answer.check.outcome === "closed";
  const outcome = closed ? (dryRun ? "would be closed" : "is closed") : "stays open";
  print(json, answer, () => `Gap ${gapId} ${outcome}.\n${checkText(answer.check)}`);
  return closed ? exitCode.done : exitCode.leftForAPerson;
}

async function sweep(service: ServiceClient, { json, dryRun }: Output): Promise<number> {
  const shape = sweepReport.extend({ kind: z.literal("result") });
  const report = await service.run("/api/sweep", { dryRun }, shape, ({ seen, missing }) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r${String(seen)} orders seen, ${String(missing)} missing`);
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const open = report.gaps.filter((row) => row.check.outcome === "open");
  print(json, report, () => {
    const missing = report.missing.map(({ requestKey }) => `  ${requestKey}\n`).join("");
    const refilled = report.gaps.map(
      (row) =>
        `gap ${row.gapId}: ${row.check.outcome}; ${row.check.missing} missing of ${row.check.seen} approved in its window\n${reasonLine(row.check)}`,
    );
    const done = dryRun ? "would be admitted" : `missing, ${report.admitted} admitted`;
    const opened =
      report.missingGap === null ? "" : `Gap ${report.missingGap} was opened or widened for them.\n`;
    return `${report.seen} orders seen; ${report.missing.length} outside of gaps ${done}.\n${missing}${opened}${refilled.join("")}`;
  });
  return open.length > 0 || report.missingGap !== null ? exitCode.leftForAPerson : exitCode.done;
}

function gapNumber(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(
    text === undefined
      ? "which gap? `sluice gaps` lists them with their numbers."
      : `${text} is no gap's number. \`sluice gaps\` lists them; see --help.`,
  );
}

function checkText(found: Check): string {
  const { visibility } = found;
  const sight =
    visibility === null
      ? "not asked yet"
      : visibility.grantedBy === null
        ? `${visibility.user} does not see all orders`
        : `${visibility.user} sees all orders: ${visibility.grantedBy}`;
  return [
    `  checked   ${found.at}, by ${found.by}`,
    `  counts    ${found.seen} approved in the window, ${found.missing} were missing, ${found.admitted} admitted`,
    `  sight     ${sight}`,
    ...found.queries.map((query) => `  query     ${query}`),
    ...(found.reason === null ? [] : [`  open      ${found.reason}`]),
    "",
  ].join("\n");
}

function reasonLine(found: Check | null): string {
  return found === null || found.reason === null ? "" : `    ${found.reason}\n`;
}

function windowOf(row: z.infer<typeof gap>): string {
  return `${row.windowStart ?? "go-live"} to ${row.windowEnd}`;
}

function print(json: boolean, answer: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(answer, null, 2)}\n` : text());
}
