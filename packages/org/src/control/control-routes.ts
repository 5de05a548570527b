import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import type { OrgUsage } from "../rest/rest-api.ts";
import { readDecodedEvents } from "./decode-events.ts";

export type ControlDeps = { readonly core: OrgCore; readonly usage: OrgUsage };

const maxEvents = 1_000;
const eventsQuery = z.object({
  topic: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(maxEvents).default(maxEvents),
});

/** What a real org does not have: a look inside, under `/__org/`, without sign-in. */
export function registerControlRoutes(app: FastifyInstance, deps: ControlDeps): void {
  const { core, usage } = deps;

  app.get("/__org/events", (request, reply) => {
    const query = eventsQuery.safeParse(request.query);
    if (!query.success) return reply.code(400).send({ error: z.prettifyError(query.error) });
    const topics =
      query.data.topic === undefined ? core.bus.topics().map(({ name }) => name) : [query.data.topic];
    return reply.send({
      events: topics.flatMap((topic) => readDecodedEvents(core.bus, topic, query.data.limit)),
    });
  });

  app.get("/__org/state", () => ({
    orgId: core.orgId,
    records: countRecords(core),
    topics: core.bus.topics(),
    apiCallsLast24h: usage.apiCalls.total(),
    eventsDeliveredLast24h: usage.deliveries.total(),
  }));
}

function countRecords(core: OrgCore): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const object of core.schema.objects.values()) {
    if (object.kind === "object") counts[object.name] = [...core.all(object.name)].length;
  }
  return counts;
}
