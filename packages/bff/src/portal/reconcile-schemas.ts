import { z } from "zod";
import { actor } from "./org-schemas.ts";

const time = z.iso.datetime({ offset: true }).describe("ISO 8601");

export const reconcileOrder = z.object({
  since: time
    .nullable()
    .default(null)
    .describe("Orders approved and effects made since then are compared; null: the last 7 days"),
  repair: z.boolean().default(false),
  dryRun: z.boolean().default(false).describe("Tell what would be repaired; nothing is kept of the run"),
  actor,
});

const finding = z.object({
  code: z.enum([
    "APPROVAL_MISSING",
    "CANCELLED_UPSTREAM",
    "ORDER_WITHDRAWN",
    "WRITE_BACK_BEHIND",
    "STATUS_DRIFT",
    "EFFECT_MISSING",
    "ORPHAN_BILLING_ORDER",
    "ORPHAN_NETWORK_SERVICE",
    "ORPHAN_EFFECT",
    "DOUBLED_EFFECT",
    "STEP_STUCK",
  ]),
  orderId: z.string().nullable(),
  orderNumber: z.string().nullable(),
  found: z.string().describe("What differs"),
  advice: z.string().describe("What to do, or what a repair does"),
  outcome: z
    .enum(["repairable", "repaired", "handed_over", "person", "changed", "failed"])
    .describe("`changed`: it was not so any more when it was to be repaired"),
});

export const reconcileResult = z.object({
  runId: z.int().nullable().describe("Null of a dry run"),
  dryRun: z.boolean(),
  mode: z.enum(["live", "observe"]),
  since: time,
  repair: z.boolean(),
  compared: z.object({
    orgOrders: z.int().describe("Orders approved since, as Salesforce showed them"),
    ledgerOrders: z.int().describe("Those of them that are known here"),
    unfinishedOrders: z.int().describe("Orders at work here, whenever they were approved"),
    downstreams: z.array(
      z.object({
        module: z.string(),
        recorded: z.int().describe("Keys of ours that it showed"),
        expected: z.int().describe("Effects that the ledger is sure of"),
        problem: z.string().nullable().describe("Why it could not be compared"),
      }),
    ),
  }),
  observed: z
    .object({
      compared: z.int(),
      agree: z.int(),
      undecided: z.int().describe("Too young to tell, or cancelled since"),
      differ: z.int(),
      differences: z.array(
        z.object({
          orderId: z.string(),
          orderNumber: z.string().nullable(),
          wouldDo: z.string(),
          status: z.string(),
          detail: z.string(),
        }),
      ),
    })
    .describe("What would have been done while observing, beside what the org shows"),
  findings: z.array(finding).describe("The first 1,000"),
  found: z.int(),
  repaired: z.int(),
  left: z.int().describe("Findings that somebody still has to see to"),
});

export const lastReconciliation = z.object({
  last: z
    .object({
      runId: z.int(),
      startedAt: time,
      finishedAt: time.nullable().describe("Null while it runs"),
      report: reconcileResult.nullable(),
      problem: z.string().nullable().describe("Why it broke off"),
    })
    .nullable(),
});
