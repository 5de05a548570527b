import { z } from "zod";

const time = z.iso.datetime().describe("ISO 8601, UTC");

export const gapCheck = z.object({
  at: time,
  by: z.string().describe("`sweep`, or `command`"),
  outcome: z.enum(["closed", "open"]),
  reason: z.string().nullable().describe("Why it stays open, and what to do"),
  queries: z.array(z.string()).describe("As they were sent to Salesforce"),
  seen: z.int().describe("Orders that were approved in the window"),
  missing: z.int().describe("Those whose latest approval was not in the inbox before"),
  admitted: z.int(),
  visibility: z
    .object({ user: z.string(), grantedBy: z.string().nullable() })
    .nullable()
    .describe("Whether the integration user sees all orders; null when it was not asked"),
});

export const gap = z.object({
  gapId: z.int(),
  topic: z.string(),
  cause: z.enum(["replay_id_rejected", "silence_beyond_retention", "position_forced", "event_missing"]),
  detail: z.string(),
  windowStart: time.nullable().describe("Null: since go-live"),
  windowEnd: time,
  openedAt: time,
  closedAt: time.nullable(),
  refilled: z.int().describe("Approvals that were admitted on its account"),
  lastCheck: gapCheck.nullable(),
});

const sweepRun = z.object({
  cause: z.enum(["periodic", "command"]),
  scope: z.enum(["recent", "all"]),
  startedAt: time,
  finishedAt: time.nullable(),
  seen: z.int(),
  admitted: z.int(),
  problem: z.string().nullable(),
});

export const gapList = z.object({ gaps: z.array(gap), lastSweep: sweepRun.nullable() });

export const gapListQuery = z.object({
  all: z.stringbool().default(false).describe("Closed ones too"),
});

export const gapParams = z.object({ n: z.coerce.number().int().min(1).describe("The gap's number") });

export const dryRunBody = z.object({
  dryRun: z.boolean().default(false).describe("Tell what would be done, and do nothing"),
});

export const checkedGap = z.object({ gapId: z.int(), check: gapCheck });

export const sweepReport = z.object({
  scope: z.enum(["recent", "all"]),
  seen: z.int().describe("Orders that the org showed"),
  missing: z.array(z.object({ orderId: z.string(), requestKey: z.string() })),
  admitted: z.int(),
  missingGap: z.int().nullable().describe("The gap that was opened or widened for what was missing"),
  gaps: z.array(checkedGap),
});
