import { z } from "zod";

/** What every order of a person says beside what it is about. */
export const orderedBy = {
  dryRun: z.boolean().default(false).describe("Only say what would happen"),
  actor: z
    .string()
    .regex(/^[\w.@:\\-]{1,100}$/, "must be a short name without spaces")
    .default("api")
    .describe("Who orders it, for the journal"),
};

/** Lines of JSON: `progress` while the work goes on, then one `result` or `refused`. */
export const progressLines = {
  produces: ["application/x-ndjson"],
};

/** Counts of what became of events. */
export const tally = z.object({
  started: z.int().describe("A revision was started"),
  known: z.int().describe("In the inbox already"),
  duplicates: z.int().describe("The same request under another event id"),
  absorbed: z.int().describe("A further approval of an order that is at work or done"),
  beforeGoLive: z.int(),
  observed: z.int(),
  cancellations: z.int(),
  quarantined: z.int(),
  inQuarantine: z.int().describe("In quarantine already, or discarded from it"),
});
