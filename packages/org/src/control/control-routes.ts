import type { FastifyInstance } from "fastify";
import type { OrgStage } from "../org-stage.ts";
import { registerClockRoutes } from "./clock-routes.ts";
import { ControlError } from "./control-error.ts";
import { registerFaultRoutes } from "./fault-routes.ts";
import type { StrikeStreams } from "./fault-routes.ts";
import { registerLogRoutes } from "./log-routes.ts";
import { registerStateRoutes } from "./state-routes.ts";
import type { StateRouteDeps } from "./state-routes.ts";
import { registerSharingRoutes } from "./sharing-routes.ts";
import type { OrgSharing } from "../sharing/sharing-models.ts";

export type ControlDeps = StateRouteDeps & {
  readonly stage: OrgStage;
  readonly strike: StrikeStreams;
  readonly sharing: OrgSharing;
};

/** Every call of the control plane, with what it does; packages/org/docs/control.md says more. */
export const controlCalls = [
  ["GET /__org/", "this list"],
  ["GET /__org/clock", "the org's time and how fast it runs"],
  ["POST /__org/clock", "move it: advance, advanceMs, set or rate"],
  ["GET /__org/faults", "what is armed, and all that can go wrong"],
  ["POST /__org/faults", "arm a fault: once, n times, at a rate or for a while"],
  ["DELETE /__org/faults/:id", "disarm it"],
  ["DELETE /__org/faults", "disarm all"],
  ["GET /__org/log", "what happened"],
  ["GET /__org/log/stream", "the same as it happens, as server-sent events"],
  ["GET /__org/events", "what the bus holds, decoded"],
  ["GET /__org/events/stream", "the same as it arrives, as server-sent events"],
  ["GET /__org/streams", "who listens on the bus, with credit"],
  ["GET /__org/state", "org id, numbers of records, topics, what was used of the allocations"],
  ["GET /__org/sharing", "who sees and changes the records of others, by object"],
  ["POST /__org/sharing", "say it for an object: Private, Read or ReadWrite"],
  ["POST /__org/sessions/revoke", "end sessions, and streams too when asked"],
  ["POST /__org/metadata/reload", "read the metadata folders again"],
  ["POST /__org/stream-reset", "the event stream begins anew, as after a migration"],
  ["POST /__org/sandbox-refresh", "another org id, the same record ids"],
  ["POST /__org/reset", "back to the seed, to no faults and to real time"],
  ["GET /__org/snapshots", "the copies of the org"],
  ["POST /__org/snapshots/:name", "take one"],
  ["POST /__org/snapshots/:name/restore", "go back to it"],
  ["DELETE /__org/snapshots/:name", "drop it"],
] as const;

/** What a real org does not have: a look inside and hands on its time and its faults, without sign-in. */
export function registerControlRoutes(app: FastifyInstance, deps: ControlDeps): void {
  void app.register((scope, _options, done) => {
    // A page of another site in the same browser has no business here.
    scope.addHook("onRequest", (request, _reply, next) => {
      const { origin, host } = request.headers;
      if (origin === undefined || URL.parse(origin)?.host === host) next();
      else next(new ControlError(403, "the control plane does not answer to pages of other sites"));
    });
    scope.setErrorHandler((reason, _request, reply) => {
      if (!(reason instanceof ControlError)) throw reason;
      return reply.code(reason.status).send({ error: reason.message });
    });
    scope.get("/__org/", () => ({
      calls: controlCalls.map(([call, description]) => ({ call, description })),
    }));
    const { clock, faults, log } = deps.stage;
    registerClockRoutes(scope, clock, log);
    registerFaultRoutes(scope, faults, deps.strike);
    registerLogRoutes(scope, log, deps.core.bus);
    registerSharingRoutes(scope, deps.sharing, log);
    registerStateRoutes(scope, deps);
    done();
  });
}
