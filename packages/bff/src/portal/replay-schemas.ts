import { z } from "zod";
import { toRecordId } from "../orders/record-id.ts";
import { orderedBy, tally } from "./command-schemas.ts";

const orderId = z
  .string()
  .refine((id) => id.startsWith("801") && toRecordId(id) !== undefined, "must be an order's record id (801…)")
  .transform((id) => toRecordId(id) ?? id);

const from = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("earliest") }),
  z.object({ kind: z.literal("at"), at: z.iso.datetime({ offset: true }) }),
  z.object({
    kind: z.literal("replay_id"),
    replayId: z
      .string()
      .regex(/^([0-9a-f]{2}){1,64}$/i, "must be bytes in hexadecimal, as `sluice orders` shows them"),
  }),
  z.object({ kind: z.literal("orders"), orderIds: z.array(orderId).min(1).max(5000) }),
]);

export const replayBody = z
  .object({ from, ...orderedBy })
  .meta({ examples: [{ from: { kind: "at", at: "2026-11-24T09:00:00Z" }, dryRun: true, actor: "cli:ana" }] });

const streamResult = z.object({
  replayed: z.literal("stream"),
  dryRun: z.boolean(),
  after: z.string().nullable(),
  delivered: z.int(),
  read: z.int(),
  outcomes: tally,
  end: z.enum(["caught_up", "drained", "stopped"]),
});

const ordersResult = z.object({
  replayed: z.literal("orders"),
  dryRun: z.boolean(),
  asked: z.int(),
  outcomes: tally,
  notApproved: z.array(z.string()),
  invisible: z.array(z.string()),
});

export const replayResult = z.discriminatedUnion("replayed", [streamResult, ordersResult]);
