import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { SessionStore } from "../auth/sessions.ts";
import { isRecordId } from "../ids.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { OrgCore } from "../org-core.ts";
import type { LiveStreams } from "../pubsub-server/live-streams.ts";
import type { OrgUsage } from "../rest/rest-api.ts";
import type { OrgSnapshots } from "../state/org-snapshots.ts";
import { ControlError, readInput } from "./control-error.ts";

export type StateRouteDeps = {
  readonly core: OrgCore;
  readonly usage: OrgUsage;
  readonly streams: LiveStreams;
  readonly sessions: SessionStore;
  readonly snapshots: OrgSnapshots;
  /** Ends the live streams of a user, or all, as not authenticated. Returns how many. */
  readonly endStreams: (userId: string | undefined) => number;
  /** Back to the seed, real time and no faults. */
  readonly reset: () => void;
};

const resetOrder = z.strictObject({ overlap: z.boolean().default(false) });
const revokeOrder = z.strictObject({
  userId: z.string().optional(),
  liveStreams: z.boolean().default(false),
});
const refreshOrder = z.strictObject({
  orgId: z
    .string()
    .refine((id) => id.startsWith("00D") && isRecordId(id), "takes an org id of 18 characters")
    .optional(),
});
const nameParams = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/i, "takes letters, digits, - and _, at most 61 of them"),
});

/** What the org is, and how to make it another one. */
export function registerStateRoutes(app: FastifyInstance, deps: StateRouteDeps): void {
  const { core, usage, streams, sessions, snapshots } = deps;

  app.get("/__org/state", () => ({
    orgId: core.orgId,
    records: countRecords(core),
    topics: core.bus.topics(),
    apiCallsLast24h: usage.apiCalls.total(),
    eventsDeliveredLast24h: usage.deliveries.total(),
  }));

  app.get("/__org/streams", () => ({ streams: streams.list() }));

  app.post("/__org/sessions/revoke", (request) => {
    const { userId, liveStreams } = readInput(revokeOrder, request.body);
    return {
      revoked: sessions.revokeAll(userId),
      streamsEnded: liveStreams ? deps.endStreams(userId) : 0,
    };
  });

  app.post("/__org/metadata/reload", () => {
    try {
      core.reload();
    } catch (reason) {
      if (!(reason instanceof MetadataError)) throw reason;
      throw new ControlError(400, reason.message, { cause: reason });
    }
    return { topics: core.bus.topics() };
  });

  app.post("/__org/stream-reset", (request, reply) => {
    core.state.resetStream(readInput(resetOrder, request.body).overlap);
    return reply.code(204).send();
  });

  app.post("/__org/sandbox-refresh", (request) => ({
    orgId: core.state.refreshSandbox(readInput(refreshOrder, request.body).orgId),
  }));

  app.post("/__org/reset", (_request, reply) => {
    deps.reset();
    return reply.code(204).send();
  });

  app.get("/__org/snapshots", () => ({ snapshots: snapshots.list() }));

  app.post("/__org/snapshots/:name", (request, reply) => {
    const { name } = readInput(nameParams, request.params);
    snapshots.take(name);
    return reply.code(201).send({ name });
  });

  app.post("/__org/snapshots/:name/restore", (request, reply) => {
    const { name } = readInput(nameParams, request.params);
    requireSnapshot(snapshots.restore(name), name);
    return reply.code(204).send();
  });

  app.delete("/__org/snapshots/:name", (request, reply) => {
    const { name } = readInput(nameParams, request.params);
    requireSnapshot(snapshots.drop(name), name);
    return reply.code(204).send();
  });
}

function requireSnapshot(isThere: boolean, name: string): void {
  if (isThere) return;
  throw new ControlError(404, `there is no snapshot ${name}; POST /__org/snapshots/${name} takes one`);
}

function countRecords(core: OrgCore): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const object of core.schema.objects.values()) {
    if (object.kind === "object") counts[object.name] = [...core.all(object.name)].length;
  }
  return counts;
}
