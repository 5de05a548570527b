import type { FastifyRequest } from "fastify";
import type { SessionStore } from "../auth/sessions.ts";
import { bearerToken } from "../auth/token-routes.ts";
import type { Actor } from "../org-core.ts";
import type { SeenOrg } from "../sharing/seen-org.ts";
import { RestError, notFound } from "./rest-error.ts";

/** The org as the caller of a request has it. */
export type SeenByCaller = (request: FastifyRequest) => SeenOrg;

const oldestVersion = 31;
const newestVersion = 67;

/** Under this name a request carries its caller. */
export const actorDecorator = "actor";

/** Who called; the hook of the REST API has checked it. */
export function actorOf(request: FastifyRequest): Actor {
  return request.getDecorator<Actor>(actorDecorator);
}

/**
 * The API version of the path, such as `67.0`.
 *
 * @throws {RestError} NOT_FOUND for a version that this org does not offer.
 */
export function versionOf(request: FastifyRequest): string {
  const version = /^\/services\/data\/v(\d{2}\.0)(?=[/?]|$)/.exec(request.url)?.[1];
  const number = Number(version);
  if (version === undefined || number < oldestVersion || number > newestVersion) {
    throw notFound(`this org offers API versions v${oldestVersion}.0 to v${newestVersion}.0`);
  }
  return version;
}

/** @throws {RestError} INVALID_SESSION_ID when the bearer token is missing, unknown or ended. */
export function authenticate(request: FastifyRequest, sessions: SessionStore): Actor {
  const token = bearerToken(request.headers.authorization);
  const session = token === undefined ? undefined : sessions.use(token);
  if (session === undefined) throw new RestError(401, "INVALID_SESSION_ID", "Session expired or invalid");
  return { userId: session.userId };
}
