import { z } from "zod";

const time = z.iso.datetime({ offset: true }).describe("ISO 8601");
const orgId = z
  .string()
  .regex(/^00D[a-zA-Z0-9]{12}([A-Z0-5]{3})?$/, "must be an org id: 00D and 12 or 15 more characters");

const deployment = z.object({
  orgId: z.string(),
  goLiveAt: time.describe("Nothing approved before this moment is ever started"),
  mode: z.enum(["live", "observe"]),
  modeSetBy: z.enum(["environment", "command"]),
  isSandbox: z.boolean().nullable(),
});

const observed = z
  .object({
    received: z.int(),
    wouldProvision: z.int(),
    wouldHold: z.int(),
    wouldDoNothing: z.int(),
    unplanned: z.int(),
  })
  .describe("Approvals that came while observing, by what would have been done");

export const actor = z.string().min(1).max(100).default("api").describe("Who orders it, for the journal");

export const orgView = z.object({
  deployment: deployment.nullable(),
  signedInTo: z.string().nullable().describe("The org that Salesforce signs us in to"),
  disputed: z.boolean().describe("Another org than the adopted one answers: nothing is done"),
  former: z.array(deployment),
  observed,
});

export const adoptOrder = z.object({
  orgId,
  goLiveAt: time.nullable().default(null),
  actor,
  dryRun: z.boolean().default(false),
});

export const goLiveOrder = z.object({
  mode: z.enum(["live", "observe"]).default("live"),
  at: time.nullable().default(null),
  actor,
  dryRun: z.boolean().default(false),
});

export const deploymentChange = z.object({
  dryRun: z.boolean(),
  before: deployment,
  after: deployment,
  observed,
});
