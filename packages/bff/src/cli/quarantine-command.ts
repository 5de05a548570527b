import { parseArgs } from "node:util";
import { z } from "zod";
import { quarantineReasons, quarantineStates } from "../orders/quarantined.ts";
import {
  discardResult,
  quarantineDetail,
  quarantineList,
  reinjectResult,
} from "../portal/quarantine-schemas.ts";
import type { Command } from "./commands.ts";
import { exitCode } from "./exit-code.ts";
import { commandActor, endProgress, printJson, showProgress } from "./ordering.ts";
import { detailText, discardText, listText, reinjectText } from "./quarantine-text.ts";
import { openServiceClient } from "./service-client.ts";
import type { ServiceClient } from "./service-client.ts";
import { UsageError } from "./usage-error.ts";

const help = `Usage: sluice quarantine [--reason invalid] [--state open] [--limit 100] [--json]
       sluice quarantine <number> [--json]
       sluice quarantine reinject <number>… | --all [--reason invalid] [--note "why"] [--dry-run] [--json]
       sluice quarantine discard <number>… | --all --reason invalid --note "why" [--dry-run] [--json]

Lists events that were put aside because they could not be understood, the newest first; with a number, tells all of
one, and what it would become now. \`reinject\` reads them again by today's schema and mapping and admits those that make
sense. \`discard\` decides that they ask for nothing; they stay, with the note.

  --all      all open events, of the reason that --reason names
  --dry-run  only say what would happen
Reasons: ${quarantineReasons.join(", ")}. States: ${quarantineStates.join(", ")}.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no service reachable, 4 some make no sense still.
`;

const options = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean", default: false },
  reason: { type: "string" },
  state: { type: "string" },
  limit: { type: "string" },
  all: { type: "boolean", default: false },
  note: { type: "string" },
  "dry-run": { type: "boolean", default: false },
} as const;

type Values = {
  readonly json: boolean;
  readonly reason?: string;
  readonly state?: string;
  readonly limit?: string;
  readonly all: boolean;
  readonly note?: string;
  readonly "dry-run": boolean;
};

export const quarantine: Command = {
  name: "quarantine",
  summary: "events that were put aside: list, inspect, re-inject, discard",
  async run(args) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (values.help === true) {
      process.stdout.write(help);
      return exitCode.done;
    }
    const [verb, ...rest] = positionals;
    checkChoice("--reason", values.reason, quarantineReasons);
    checkChoice("--state", values.state, quarantineStates);
    if (verb === "reinject" || verb === "discard") {
      if (values.state !== undefined)
        throw new UsageError(`--state is not for ${verb}: it takes open events only.`);
      const selection = selectionOf(verb, rest, values);
      if (verb === "reinject") return reinject(openServiceClient(process.env), selection, values);
      if ((values.note ?? "").trim() === "") {
        throw new UsageError('discard needs --note "why": whoever looks later has to understand it.');
      }
      return discard(openServiceClient(process.env), selection, values);
    }
    if (values.all || values["dry-run"] || values.note !== undefined) {
      throw new UsageError("--all, --note and --dry-run belong to `reinject` or `discard`. See --help.");
    }
    if (verb === undefined) return list(openServiceClient(process.env), values);
    const [id] = numbers([verb]);
    if (rest.length > 0) throw new UsageError("one number at a time. See --help.");
    return inspect(openServiceClient(process.env), id ?? 0, values);
  },
};

async function list(service: ServiceClient, values: Values): Promise<number> {
  const query = new URLSearchParams(
    Object.entries({ reason: values.reason, state: values.state, limit: values.limit }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const found = await service.get(`/api/quarantine?${query.toString()}`, quarantineList);
  if (values.json) printJson(found);
  else process.stdout.write(listText(found));
  return exitCode.done;
}

async function inspect(service: ServiceClient, id: number, values: Values): Promise<number> {
  const found = await service.get(`/api/quarantine/${id}`, quarantineDetail);
  if (values.json) printJson(found);
  else process.stdout.write(detailText(found));
  return exitCode.done;
}

type Selection = { readonly ids: readonly number[] } | { readonly all: true; readonly reason?: string };

async function reinject(service: ServiceClient, selection: Selection, values: Values): Promise<number> {
  const body = { ...selection, ...orderedBy(values), note: values.note ?? null };
  const result = await service.run("/api/quarantine/reinject", body, reinjectResult, (line) => {
    const { chosen, done } = progress.parse(line);
    showProgress(`${done} of ${chosen} events`);
  });
  endProgress();
  if (values.json) printJson(result);
  else process.stdout.write(reinjectText(result));
  return result.stillOpen > 0 ? exitCode.leftForAPerson : exitCode.done;
}

const progress = z.object({ chosen: z.int(), done: z.int() });

async function discard(service: ServiceClient, selection: Selection, values: Values): Promise<number> {
  const body = { ...selection, ...orderedBy(values), note: values.note };
  const result = await service.post("/api/quarantine/discard", body, discardResult);
  if (values.json) printJson(result);
  else process.stdout.write(discardText(result));
  return exitCode.done;
}

function orderedBy(values: Values) {
  return { dryRun: values["dry-run"], actor: commandActor() };
}

function selectionOf(verb: string, ids: readonly string[], values: Values): Selection {
  if (values.all === ids.length > 0) {
    throw new UsageError(`${verb} needs the numbers of events, or --all. See --help.`);
  }
  if (!values.all) {
    if (values.reason !== undefined) throw new UsageError("--reason goes with --all only. See --help.");
    return { ids: numbers(ids) };
  }
  if (verb === "discard" && values.reason === undefined) {
    throw new UsageError(
      "discard --all needs --reason: nobody knows why events of every reason ask for nothing.",
    );
  }
  return { all: true, ...(values.reason === undefined ? {} : { reason: values.reason }) };
}

function numbers(texts: readonly string[]): readonly number[] {
  return texts.map((text) => {
    if (!/^[1-9]\d{0,14}$/.test(text)) {
      throw new UsageError(`${text} is neither the number of an event nor reinject or discard. See --help.`);
    }
    return Number(text);
  });
}

function checkChoice(option: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new UsageError(`${option} must be one of ${allowed.join(", ")}; got ${value}.`);
}
