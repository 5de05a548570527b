import type { FastifyRequest } from "fastify";
import type { SessionStore } from "../auth/sessions.ts";
import { findUserById } from "../auth/users.ts";
import type { OrgUser } from "../auth/users.ts";
import type { OrgCore } from "../org-core.ts";

const cookieName = "org_session";

/** The signed-in user of a browser request. */
export function findPageUser(
  request: FastifyRequest,
  sessions: SessionStore,
  core: Pick<OrgCore, "get">,
): OrgUser | undefined {
  const token = readSessionCookie(request);
  const session = token === undefined ? undefined : sessions.use(token);
  return session === undefined ? undefined : findUserById(core, session.userId);
}

export function readSessionCookie(request: FastifyRequest): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === cookieName) return value;
  }
  return undefined;
}

/** Lax keeps the cookie off every POST that another site starts; scripts cannot read it. */
export function sessionCookie(token: string): string {
  return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Lax`;
}

export const endedSessionCookie = `${cookieName}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;

/** True when the form was sent by a page of this org; browsers name the origin on every POST. */
export function isOwnForm(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host;
}
