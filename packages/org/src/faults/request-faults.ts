import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { OrgStage } from "../org-stage.ts";
import { RestError } from "../rest/rest-error.ts";
import type { RealTime } from "../time/org-clock.ts";
import type { FaultMatch } from "./fault-registry.ts";

export type RequestFaultDeps = Pick<OrgStage, "faults" | "clock"> & {
  /** Clients wait in real time, so late answers are late in real time. */
  readonly time: Pick<RealTime, "startTimer">;
  /** The names of the caller: a fault may be meant for any of them. */
  readonly usersOf: (request: FastifyRequest) => readonly string[];
  /** The object that the path names, as the org writes it. */
  readonly objectOf: (request: FastifyRequest) => string | undefined;
};

/** What becomes of the answer of a call that is done. */
type AnswerFate = { readonly kind: "lost" } | { readonly kind: "slow"; readonly delayMs: number };

const unavailablePage = `<!DOCTYPE html>
<html>
<head><title>503 Service Unavailable</title></head>
<body><h1>Service Unavailable</h1><p>The server is temporarily unable to service your request.</p></body>
</html>
`;

/** The texts of section "REST errors" of the platform's API, as real orgs answer. */
const quotaMessages = {
  total: "TotalRequests Limit exceeded.",
  concurrent: "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
} as const;

/** The calls of the daily quota are used up. */
export const totalQuotaUsedUp = (): RestError =>
  new RestError(403, "REQUEST_LIMIT_EXCEEDED", quotaMessages.total);

/**
 * Calls that never reach the org when such a fault is armed: the connection is cut, or a proxy in front answers. To be
 * registered after the hook that finds the caller, and before the call is counted.
 */
export function registerFaultsBeforeOrg(scope: FastifyInstance, deps: RequestFaultDeps): void {
  scope.addHook("onRequest", (request, reply, next) => {
    const places = placesOf(request, deps);
    if (deps.faults.takeAny("lost_request", places) !== undefined) {
      cut(request, reply);
      return;
    }
    if (deps.faults.takeAny("server_unavailable", places) === undefined) next();
    else void reply.code(503).type("text/html; charset=utf-8").send(unavailablePage);
  });
}

/** Calls that the org refuses, or whose answer comes late or never. To be registered after the call is counted. */
export function registerFaultsInOrg(scope: FastifyInstance, deps: RequestFaultDeps): void {
  const fates = new WeakMap<FastifyRequest, AnswerFate>();
  let errorCount = 0;

  scope.addHook("onRequest", (request, _reply, next) => {
    const { faults, clock } = deps;
    const places = placesOf(request, deps);
    const quota = faults.takeAny("api_quota", places);
    if (quota !== undefined) throw new RestError(403, "REQUEST_LIMIT_EXCEEDED", quotaMessages[quota.limit]);
    if (faults.takeAny("server_error", places) !== undefined) {
      errorCount += 1;
      throw serverError(clock.now(), errorCount);
    }
    const fate = takeAnswerFate(places, deps);
    if (fate !== undefined) fates.set(request, fate);
    next();
  });

  scope.addHook("onSend", (request, reply, _payload, next) => {
    const fate = fates.get(request);
    if (fate === undefined) next();
    else if (fate.kind === "lost") cut(request, reply);
    else answerLate(reply, fate.delayMs, deps.time, next);
  });
}

function takeAnswerFate(places: readonly FaultMatch[], { faults }: RequestFaultDeps): AnswerFate | undefined {
  if (faults.takeAny("lost_answer", places) !== undefined) return { kind: "lost" };
  const slow = faults.takeAny("slow_answer", places);
  return slow === undefined ? undefined : { kind: "slow", delayMs: slow.delayMs };
}

/** A client that goes away, and an org that closes, end the wait. */
function answerLate(
  reply: FastifyReply,
  delayMs: number,
  time: RequestFaultDeps["time"],
  next: () => void,
): void {
  const stopTimer = time.startTimer(delayMs, () => {
    reply.raw.off("close", stopTimer);
    next();
  });
  reply.raw.once("close", stopTimer);
}

function cut(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

function placesOf(request: FastifyRequest, { usersOf, objectOf }: RequestFaultDeps): readonly FaultMatch[] {
  const object = objectOf(request);
  const place = {
    method: request.method,
    path: request.url.split("?", 1)[0] ?? "",
    ...(object === undefined ? {} : { object }),
  };
  return usersOf(request).map((user) => ({ ...place, user }));
}

/** The id is one that support would ask for; here it tells when it was, and the how manieth. */
function serverError(nowMs: number, count: number): RestError {
  const errorId = `${Math.floor(nowMs / 1_000)}-${String(count).padStart(5, "0")} (${nowMs % 1_000_000})`;
  const message = `An unexpected error occurred. Please include this ErrorId if you contact support: ${errorId}`;
  return new RestError(500, "UNKNOWN_EXCEPTION", message);
}
