import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SessionStore } from "../auth/sessions.ts";
import type { EventAllocations } from "../bus/allocation.ts";
import { findUserById } from "../auth/users.ts";
import { registerFaultsBeforeOrg, registerFaultsInOrg, totalQuotaUsedUp } from "../faults/request-faults.ts";
import type { RequestFaultDeps } from "../faults/request-faults.ts";
import type { OrgCore } from "../org-core.ts";
import type { OrgStage } from "../org-stage.ts";
import type { SeeAs } from "../sharing/seen-org.ts";
import { realTime } from "../time/real-time.ts";
import { registerCollectionRoutes } from "./collection-routes.ts";
import { registerCompositeRoutes } from "./composite-routes.ts";
import { registerEventSchemaRoutes } from "./event-schema-routes.ts";
import { QueryCursors } from "./query-cursors.ts";
import { registerQueryRoutes } from "./query-routes.ts";
import { RestError, notFound, toErrorBody, toRestError } from "./rest-error.ts";
import { actorDecorator, actorOf, authenticate, versionOf } from "./rest-request.ts";
import type { SeenByCaller } from "./rest-request.ts";
import type { RollingCounter } from "./rolling-counter.ts";
import { registerSObjectRoutes } from "./sobject-routes.ts";
import { registerToolingRoutes } from "./tooling-routes.ts";

export type OrgUsage = EventAllocations & {
  /** REST calls of the last 24 hours. */
  readonly apiCalls: RollingCounter;
};

export type RestApiDeps = {
  readonly core: OrgCore;
  /** The org as each caller has it. */
  readonly seeAs: SeeAs;
  readonly sessions: SessionStore;
  readonly usage: OrgUsage;
  readonly stage: OrgStage;
  /** REST calls that the org takes in 24 hours of its time. */
  readonly apiCallsPerDay: number;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
};

/** The daily allocation of an Enterprise org. */
export const enterpriseApiCalls = 100_000;

const objectParams = z.object({ object: z.string().optional() });

/** The REST API under `/services/data`, for versions 31.0 (what old clients send) to 67.0. */
export function registerRestApi(app: FastifyInstance, deps: RestApiDeps): void {
  app.get("/services/data", () =>
    ["66.0", "67.0"].map((version) => ({
      label: `API ${version}`,
      url: `/services/data/v${version}`,
      version,
    })),
  );

  const faults = requestFaultDeps(deps);
  const seen: SeenByCaller = (request) => deps.seeAs(actorOf(request).userId);
  app.register(
    (scope, _options, done) => {
      scope.decorateRequest(actorDecorator, null);
      scope.addHook("onRequest", (request, _reply, next) => {
        request.setDecorator(actorDecorator, authenticate(request, deps.sessions));
        next();
      });
      registerFaultsBeforeOrg(scope, faults);
      scope.addHook("onRequest", (request, reply, next) => {
        const { apiCalls } = deps.usage;
        const isUsedUp = apiCalls.total() >= deps.apiCallsPerDay;
        if (!isUsedUp) apiCalls.add();
        // The header tells the calls so far, this one included, on refusals too.
        reply.header("sforce-limit-info", `api-usage=${apiCalls.total()}/${deps.apiCallsPerDay}`);
        if (isUsedUp) throw totalQuotaUsedUp();
        versionOf(request);
        next();
      });
      registerFaultsInOrg(scope, faults);
      scope.setErrorHandler((reason, request, reply) => {
        const error = toRestError(reason) ?? badRequest(reason);
        if (error === undefined) {
          deps.onFault(describeFault(request, reason));
          const message = "the org failed on this request; this is a fault of the emulator";
          return reply.code(500).send([{ message, errorCode: "UNKNOWN_EXCEPTION", fields: [] }]);
        }
        if (error.status === 401) reply.header("www-authenticate", "Token");
        return reply.code(error.status).send(toErrorBody(error));
      });
      // Clients say JSON on a DELETE too, which has no body.
      const parseJson = scope.getDefaultJsonParser("error", "error");
      scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
        if (body === "") done(null);
        else void parseJson(request, String(body), done);
      });
      scope.setNotFoundHandler(() => {
        throw notFound();
      });

      scope.get("/", (request) => {
        const base = `/services/data/v${versionOf(request)}`;
        return { sobjects: `${base}/sobjects`, query: `${base}/query`, limits: `${base}/limits` };
      });
      scope.get("/limits", () => ({
        DailyApiRequests: allocation(deps.apiCallsPerDay, deps.usage.apiCalls),
        DailyDeliveredPlatformEvents: allocation(deps.usage.deliveries.max, deps.usage.deliveries),
        HourlyPublishedPlatformEvents: allocation(deps.usage.publishes.max, deps.usage.publishes),
      }));
      registerEventSchemaRoutes(scope, deps.core);
      registerToolingRoutes(scope, deps.core);
      registerSObjectRoutes(scope, deps.core, seen);
      registerQueryRoutes(scope, seen, new QueryCursors(() => deps.stage.clock.now()));
      registerCollectionRoutes(scope, seen);
      registerCompositeRoutes(scope, seen);
      done();
    },
    { prefix: "/services/data/:version" },
  );
}

function requestFaultDeps({ core, stage }: RestApiDeps): RequestFaultDeps {
  return {
    ...stage,
    time: realTime,
    usersOf(request) {
      const { userId } = actorOf(request);
      const username = findUserById(core, userId)?.username;
      return username === undefined ? [userId] : [userId, username];
    },
    objectOf(request) {
      const { object } = objectParams.parse(request.params);
      const wanted = object?.toLowerCase();
      return [...core.schema.objects.keys()].find((name) => name.toLowerCase() === wanted);
    },
  };
}

/** The path without its query, which may hold a token. */
export function describeFault(request: FastifyRequest, reason: unknown): string {
  const path = request.url.split("?", 1)[0] ?? "";
  return `${request.method} ${path} failed: ${reason instanceof Error ? reason.message : String(reason)}`;
}

/** What fastify itself refuses: a body that is no JSON, too large, or of another media type. */
function badRequest(reason: unknown): RestError | undefined {
  if (!(reason instanceof Error) || !("statusCode" in reason)) return undefined;
  const status = reason.statusCode;
  if (typeof status !== "number" || status < 400 || status > 499) return undefined;
  const code = status === 415 ? "UNSUPPORTED_MEDIA_TYPE" : "JSON_PARSER_ERROR";
  return new RestError(status, code, reason.message);
}

function allocation(
  max: number,
  used: Pick<RollingCounter, "total">,
): { readonly Max: number; readonly Remaining: number } {
  return { Max: max, Remaining: Math.max(0, max - used.total()) };
}
