import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SessionStore } from "../auth/sessions.ts";
import type { EventAllocations } from "../bus/allocation.ts";
import type { OrgCore } from "../org-core.ts";
import { registerCollectionRoutes } from "./collection-routes.ts";
import { registerCompositeRoutes } from "./composite-routes.ts";
import { registerEventSchemaRoutes } from "./event-schema-routes.ts";
import { QueryCursors } from "./query-cursors.ts";
import { registerQueryRoutes } from "./query-routes.ts";
import { RestError, notFound, toErrorBody, toRestError } from "./rest-error.ts";
import { actorDecorator, authenticate, versionOf } from "./rest-request.ts";
import type { RollingCounter } from "./rolling-counter.ts";
import { registerSObjectRoutes } from "./sobject-routes.ts";
import { registerToolingRoutes } from "./tooling-routes.ts";

export type OrgUsage = EventAllocations & {
  /** REST calls of the last 24 hours. */
  readonly apiCalls: RollingCounter;
};

export type RestApiDeps = {
  readonly core: OrgCore;
  readonly sessions: SessionStore;
  readonly usage: OrgUsage;
  /** The org's clock, in milliseconds. */
  readonly now: () => number;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
};

/** The daily allocation of an Enterprise org. */
const maxApiCalls = 100_000;

/** The REST API under `/services/data`, for versions 31.0 (what old clients send) to 67.0. */
export function registerRestApi(app: FastifyInstance, deps: RestApiDeps): void {
  app.get("/services/data", () =>
    ["66.0", "67.0"].map((version) => ({
      label: `API ${version}`,
      url: `/services/data/v${version}`,
      version,
    })),
  );

  app.register(
    (scope, _options, done) => {
      scope.decorateRequest(actorDecorator, null);
      scope.addHook("onRequest", (request, reply, next) => {
        // The header tells the calls so far, this one included, on refusals too.
        const actor = authenticate(request, deps.sessions);
        deps.usage.apiCalls.add();
        reply.header("sforce-limit-info", `api-usage=${deps.usage.apiCalls.total()}/${maxApiCalls}`);
        versionOf(request);
        request.setDecorator(actorDecorator, actor);
        next();
      });
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
        DailyApiRequests: allocation(maxApiCalls, deps.usage.apiCalls),
        DailyDeliveredPlatformEvents: allocation(deps.usage.deliveries.max, deps.usage.deliveries),
        HourlyPublishedPlatformEvents: allocation(deps.usage.publishes.max, deps.usage.publishes),
      }));
      registerEventSchemaRoutes(scope, deps.core);
      registerToolingRoutes(scope, deps.core);
      registerSObjectRoutes(scope, deps.core);
      registerQueryRoutes(scope, deps.core, new QueryCursors(deps.now));
      registerCollectionRoutes(scope, deps.core);
      registerCompositeRoutes(scope, deps.core);
      done();
    },
    { prefix: "/services/data/:version" },
  );
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
