import { z } from "zod";

/** What a supervised process says over its IPC channel. Every kind of `ready` carries its addresses. */
export const orgMessage = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("ready"),
    url: z.string(),
    pubsubEndpoint: z.string(),
    caFile: z.string(),
    orgId: z.string(),
    privateKeyFile: z.string(),
  }),
  z.object({ kind: z.literal("line"), text: z.string() }),
]);

export const simulatorsMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), url: z.string(), smtpUrl: z.string() }),
  z.object({ kind: z.literal("line"), text: z.string() }),
]);

export const serviceMessage = z.discriminatedUnion("kind", [
  // A process without the role portal has no address.
  z.object({ kind: z.literal("ready"), url: z.string().nullable() }),
  z.object({ kind: z.literal("line"), text: z.string() }),
]);

export type OrgReady = Extract<z.infer<typeof orgMessage>, { kind: "ready" }>;
export type SimulatorsReady = Extract<z.infer<typeof simulatorsMessage>, { kind: "ready" }>;
export type ServiceReady = Extract<z.infer<typeof serviceMessage>, { kind: "ready" }>;
export type ServiceMessage = z.infer<typeof serviceMessage>;
