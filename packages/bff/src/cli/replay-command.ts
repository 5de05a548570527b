import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { replayResult } from "../portal/replay-schemas.ts";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { agrees, commandActor, endProgress, printJson, showProgress } from "./ordering.ts";
import { openServiceClient } from "./service-client.ts";
import type { ServiceClient } from "./service-client.ts";
import { tallyText } from "./tally-text.ts";
import { UsageError } from "./usage-error.ts";

const help = `Usage: sluice replay --at <time> | --replay-id <hex> | --earliest [--dry-run] [--yes] [--json]
       sluice replay --orders <id,id,…|-> [--dry-run] [--yes] [--json]

Reads the stream once more and admits what the inbox lacks; what is known stays as it is. The live subscription goes on
and its position does not move.

  --at         from what was received at this time on: ISO 8601 with a zone, such as 2026-11-24T09:00:00Z
  --replay-id  what follows this event
  --earliest   everything that Salesforce keeps: 72 hours
  --orders     no stream: reads these orders' records; - takes the ids from standard input
  --dry-run    preview: only say what would happen
  --yes        without a preview and a question; needed where there is no terminal

Each event read counts against what the org may deliver in a day, in a preview too.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no service reachable, 4 done, and something is left for a
person: events in quarantine, or orders that cannot be seen.
`;

type Result = z.infer<typeof replayResult>;
type From = Readonly<Record<string, unknown>>;

export const replay: Command = {
  name: "replay",
  summary: "read the stream or orders once more, and admit what is missing",
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h" },
        at: { type: "string" },
        "replay-id": { type: "string" },
        earliest: { type: "boolean" },
        orders: { type: "string" },
        "dry-run": { type: "boolean", default: false },
        yes: { type: "boolean", short: "y", default: false },
        json: { type: "boolean", default: false },
      },
    });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    const from = await placeOf(values);
    const print = (result: Result) =>
      values.json ? printJson(result) : process.stdout.write(resultText(result));
    const dryRun = values["dry-run"];
    const asks = !dryRun && !values.yes;
    if (asks && (!process.stdin.isTTY || !process.stderr.isTTY)) {
      throw new UsageError("there is no terminal to ask at: look with --dry-run, then act with --yes.");
    }
    const service = openServiceClient(process.env);
    if (dryRun || asks) {
      const preview = await run(service, from, true);
      if (dryRun) {
        print(preview);
        return codeOf(preview);
      }
      process.stderr.write(resultText(preview));
      if (!(await agrees("Replay it?"))) {
        process.stderr.write("Nothing was replayed.\n");
        return exitCode.failed;
      }
    }
    const result = await run(service, from, false);
    print(result);
    return codeOf(result);
  },
};

async function run(service: ServiceClient, from: From, dryRun: boolean): Promise<Result> {
  const body = { from, dryRun, actor: commandActor() };
  const result = await service.run("/api/replay", body, replayResult, (line) => {
    const { delivered, done, asked } = progress.parse(line);
    showProgress(
      delivered === undefined ? `${done ?? 0} of ${asked ?? 0} orders read` : `${delivered} events read`,
    );
  });
  endProgress();
  return result;
}

const progress = z.object({
  delivered: z.int().optional(),
  done: z.int().optional(),
  asked: z.int().optional(),
});

async function placeOf(values: {
  readonly at?: string | undefined;
  readonly "replay-id"?: string | undefined;
  readonly earliest?: boolean | undefined;
  readonly orders?: string | undefined;
}): Promise<From> {
  const places: From[] = [];
  if (values.at !== undefined) {
    if (!z.iso.datetime({ offset: true }).safeParse(values.at).success) {
      throw new UsageError(
        `--at must be an ISO 8601 time with a zone, such as 2026-11-24T09:00:00Z; got ${values.at}.`,
      );
    }
    places.push({ kind: "at", at: values.at });
  }
  if (values["replay-id"] !== undefined) {
    if (!/^([0-9a-f]{2})+$/i.test(values["replay-id"])) {
      throw new UsageError(`--replay-id must be bytes in hexadecimal; got ${values["replay-id"]}.`);
    }
    places.push({ kind: "replay_id", replayId: values["replay-id"] });
  }
  if (values.earliest === true) places.push({ kind: "earliest" });
  if (values.orders !== undefined) places.push({ kind: "orders", orderIds: await orderIds(values.orders) });
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new UsageError("give one of --at, --replay-id, --earliest and --orders. See --help.");
  }
  return place;
}

async function orderIds(given: string): Promise<readonly string[]> {
  const list = given === "-" ? await text(process.stdin) : given;
  const ids = list.split(/[\s,]+/).filter((id) => id !== "");
  if (ids.length === 0) throw new UsageError("--orders names no order.");
  const wrong = ids.find((id) => !/^801[a-zA-Z0-9]{12}([a-zA-Z0-9]{3})?$/.test(id));
  if (wrong !== undefined) throw new UsageError(`${wrong} is not the record id of an order (801…).`);
  return ids;
}

function codeOf(result: Result): number {
  const invisible = result.replayed === "orders" ? result.invisible.length : 0;
  const left = result.outcomes.quarantined + invisible > 0;
  return left ? exitCode.leftForAPerson : exitCode.done;
}

function resultText(result: Result): string {
  const { dryRun, outcomes } = result;
  if (result.replayed === "orders") {
    const lists = [
      named("not approved now, left alone", result.notApproved),
      named("cannot be seen: deleted, or hidden from the integration user", result.invisible),
    ];
    return `${dryRun ? "Preview: " : ""}${result.asked} orders were read.\n${tallyText(outcomes, dryRun)}${lists.join("")}`;
  }
  const from = result.after === null ? "the earliest event" : `what follows ${result.after}`;
  const cost = `${result.delivered} events were delivered from ${from} and count against the org's allocation of the day.\n`;
  return `${dryRun ? "Preview: " : ""}${result.read} events were read.\n${tallyText(outcomes, dryRun)}${cost}`;
}

function named(what: string, ids: readonly string[]): string {
  if (ids.length === 0) return "";
  const shown = ids.slice(0, 20).join(", ");
  return `  ${String(ids.length).padStart(6)}  ${what}: ${shown}${ids.length > 20 ? ", …" : ""}\n`;
}
