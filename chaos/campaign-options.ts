import { parseArgs } from "node:util";
import { z } from "zod";
import { plantNames, plants } from "./plant/plants.ts";
import type { PlantName } from "./plant/plants.ts";
import { faultNames } from "./schedule/plan-schedule.ts";

export type Backend = "pglite" | "postgres";

export type CampaignOptions = {
  readonly seed: number;
  readonly orders: number;
  readonly backend: Backend;
  /** The schedule is repeated until so many minutes have passed; null: once through. */
  readonly minutes: number | null;
  readonly plant: PlantName | null;
  /** Only these, by the names in the result; null: all. For looking into one thing; the campaign is not whole then. */
  readonly faults: readonly string[] | null;
  /** Where the summary goes as well; null: nowhere. */
  readonly out: string | null;
  readonly isJson: boolean;
};

/** What was asked for on the command line cannot be done; `message` says what to write instead. */
export class CampaignUsageError extends Error {
  override readonly name = "CampaignUsageError";
  readonly code = "campaign_usage";
}

export const campaignHelp = `Usage: npm run chaos -- --seed N --orders M [options]

Runs the org, the simulators, the database and the service as real processes, lets them suffer by a seeded schedule, and
checks from the outside that what Sluice promises held.

Options
  --seed N          chooses the acts and their order; the same seed gives the same acts (1)
  --orders M        how many orders are approved in the campaign (60)
  --backend B       pglite: one service; postgres: a server, two replicas and a worker (pglite)
  --minutes T       goes through the schedule again until T minutes have passed
  --plant D         plants a defect into the service, to see the campaign fail:
                    ${plantNames.join(", ")}
  --faults A,B      only these faults, by their names in the result
  --out FILE        writes the summary to this file as well
  --json            the result as one line of JSON on stdout; what happens is told on stderr
  --help            this text

Exit codes: 0 all invariants hold and every fault of the schedule fired; 1 not so; 2 wrong usage; 3 the campaign itself
could not run, which says nothing about Sluice; 130 it was stopped.
`;

const count = (least: number) => z.coerce.number().int().min(least);
const schema = z.object({
  seed: count(0).default(1),
  orders: count(20).max(100_000).default(60),
  backend: z.enum(["pglite", "postgres"]).default("pglite"),
  minutes: z.coerce.number().positive().nullable().default(null),
  plant: z.enum(plantNames).nullable().default(null),
  out: z.string().min(1).nullable().default(null),
  faults: z
    .string()
    .transform((text) => text.split(","))
    .refine((names) => names.every((name) => faultNames.has(name)), {
      error: `an unknown fault; known: ${[...faultNames].toSorted().join(", ")}`,
    })
    .nullable()
    .default(null),
});

/** @throws {CampaignUsageError} */
export function readCampaignOptions(args: readonly string[]): CampaignOptions | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  const { help: _help, json: isJson = false, ...given } = values;
  const read = schema.safeParse(given);
  if (read.success) {
    const { backend, plant } = read.data;
    if (plant !== null && plants[plant].needsServer && backend === "pglite") {
      throw new CampaignUsageError(`--plant ${plant} shows only with --backend postgres; see --help`);
    }
    return { ...read.data, isJson };
  }
  const problems = read.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`);
  throw new CampaignUsageError(`${problems.join("; ")}; see --help`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        orders: { type: "string" },
        backend: { type: "string" },
        minutes: { type: "string" },
        plant: { type: "string" },
        faults: { type: "string" },
        out: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (reason) {
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new CampaignUsageError(`${detail}; see --help`, { cause: reason });
  }
}
