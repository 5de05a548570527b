import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { CallDesk } from "../call/perform-call.ts";
import { listMessages } from "../mail/mail-store.ts";
import { inTransaction } from "../records/database.ts";
import { summarize } from "../records/record-summary.ts";
import { resettableTables } from "../records/schema.ts";
import { faultListSchema } from "./faults.ts";
import { changeSettings, settingsChangeSchema } from "./settings.ts";

const limitSchema = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(100) });
const faultsBodySchema = z.strictObject({ faults: faultListSchema });

/** Serves what tests, campaigns and the page steer and judge the simulators with. */
export function controlRoutes(server: FastifyInstance, desk: CallDesk, smtpUrl: string): void {
  // A page of another origin may be open in the same browser; it must not be able to reset the records.
  server.addHook("onRequest", async (request, reply) => {
    const { origin, host } = request.headers;
    const isForeign = origin !== undefined && origin !== `http://${host ?? ""}`;
    if (isForeign && request.url.startsWith("/__sim/")) {
      await reply
        .code(403)
        .send({ error: "foreign_origin", message: "Only the simulators' own page may call this" });
    }
  });

  server.get("/__sim/settings", () => desk.settings.read());
  server.put("/__sim/settings", (request, reply) => {
    const change = settingsChangeSchema.safeParse(request.body);
    if (!change.success) return refuse(reply, change.error);
    const settings = changeSettings(desk.settings.read(), change.data);
    desk.settings.write(settings);
    return settings;
  });

  server.get("/__sim/faults", () => ({ faults: desk.faults.read() }));
  server.put("/__sim/faults", (request, reply) => {
    const body = faultsBodySchema.safeParse(request.body);
    if (!body.success) return refuse(reply, body.error);
    desk.faults.write(body.data.faults);
    return { faults: body.data.faults };
  });

  server.get("/__sim/calls", (request, reply) => {
    const query = limitSchema.safeParse(request.query);
    return query.success ? { calls: desk.records.listCalls(query.data.limit) } : refuse(reply, query.error);
  });
  server.get("/__sim/effects", (request, reply) => {
    const query = limitSchema.safeParse(request.query);
    return query.success
      ? { effects: desk.records.listEffects(query.data.limit) }
      : refuse(reply, query.error);
  });
  server.get("/__sim/mail", (request, reply) => {
    const query = limitSchema.safeParse(request.query);
    return query.success
      ? { messages: listMessages(desk.database, query.data.limit) }
      : refuse(reply, query.error);
  });
  server.get("/__sim/summary", (request) => ({
    ...summarize(desk.database),
    endpoints: { http: `http://${request.headers.host ?? request.hostname}`, smtp: smtpUrl },
  }));

  server.post("/__sim/reset", () => {
    inTransaction(desk.database, () => {
      for (const table of resettableTables) desk.database.exec(`DELETE FROM ${table}`);
    });
    return { reset: true };
  });
}

function refuse(reply: FastifyReply, error: z.ZodError): FastifyReply {
  const message = error.issues
    .map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`)
    .join("; ");
  return reply.code(400).send({ error: "invalid_input", message });
}
