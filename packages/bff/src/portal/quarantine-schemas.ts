import { z } from "zod";
import { quarantineReasons, quarantineStates } from "../orders/quarantined.ts";
import { orderedBy, tally } from "./command-schemas.ts";

const reason = z.enum(quarantineReasons);
const state = z.enum(quarantineStates);
const time = z.iso.datetime();

export const quarantinedEvent = z.object({
  id: z.int(),
  topic: z.string(),
  eventId: z.string(),
  replayId: z.string().describe("Hexadecimal; opaque"),
  schemaId: z.string(),
  reason,
  detail: z.string().describe("What is wrong with it"),
  state,
  note: z.string().nullable(),
  resolvedBy: z.string().nullable(),
  resolvedAt: time.nullable(),
  receivedAt: time,
});

export const quarantineQuery = z.object({
  reason: reason.optional(),
  state: state.optional().describe("Default: open ones and decided ones"),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).default(0),
});

export const quarantineList = z.object({
  events: z.array(quarantinedEvent).describe("The newest first"),
  counts: z.array(z.object({ state, reason, events: z.int() })),
});

export const quarantineParams = z.object({ id: z.coerce.number().int().min(1) });

export const quarantineDetail = quarantinedEvent.extend({
  rawHex: z.string().describe("The Avro bytes as they came"),
  rawDigest: z.string(),
  payload: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("As it was decoded; null when it could not be"),
  now: z
    .object({
      outcome: z
        .string()
        .describe(
          "What a re-injection would make of it by today's schema and mapping; `unknown` when Salesforce does not answer",
        ),
      detail: z.string().nullable(),
      orderId: z.string().nullable(),
      requestKey: z.string().nullable(),
    })
    .nullable()
    .describe("Null when it was decided about already"),
});

const selection = {
  ids: z.array(z.int().min(1)).min(1).max(1000).optional().describe("These events"),
  all: z.literal(true).optional().describe("Or all open ones"),
  reason: reason.optional().describe("With `all`: those of one reason"),
};

const oneSelection = ({ ids, all }: { ids?: unknown; all?: unknown }) =>
  (ids === undefined) !== (all === undefined);
const twoSelections = { error: "give either `ids` or `all`" };

export const reinjectBody = z
  .object({ ...selection, ...orderedBy, note: z.string().max(1000).nullable().default(null) })
  .refine(oneSelection, twoSelections)
  .meta({ examples: [{ all: true, reason: "invalid", dryRun: true, actor: "cli:ana" }] });

export const discardBody = z
  .object({
    ...selection,
    ...orderedBy,
    note: z.string().trim().min(1, "says why the events ask for nothing").max(1000),
  })
  .refine(oneSelection, twoSelections)
  .meta({ examples: [{ ids: [17], note: "published by a load test", actor: "cli:ana" }] });

export const reinjectResult = z.object({
  dryRun: z.boolean(),
  chosen: z.int(),
  reinjected: z.int(),
  outcomes: tally,
  stillOpen: z.int(),
  stillOpenEvents: z.array(z.object({ id: z.int(), reason, detail: z.string() })).describe("At most 100"),
  decidedMeanwhile: z.int().describe("Decided about by somebody else since they were chosen"),
});

export const discardResult = z.object({
  dryRun: z.boolean(),
  chosen: z.int(),
  discarded: z.int(),
  decidedMeanwhile: z.int(),
});
