import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import { grantToken, identityUrl } from "./grant-token.ts";
import type { TokenGrantDeps } from "./grant-token.ts";
import { TokenError } from "./token-error.ts";
import { findUserById } from "./users.ts";
import type { OrgUser } from "./users.ts";

export type TokenRouteDeps = TokenGrantDeps & { readonly core: Pick<OrgCore, "all" | "get" | "orgId"> };

const tokenParameter = z.object({ token: z.string().min(1) });

/** The OAuth endpoints: token, userinfo, identity and revoke. */
export function registerTokenRoutes(app: FastifyInstance, deps: TokenRouteDeps): void {
  app.post("/services/oauth2/token", async (request, reply) => {
    // A query string ends up in logs; the endpoint reads the body only.
    reply.header("cache-control", "no-store");
    try {
      return await grantToken(request.body, request.headers.authorization, deps);
    } catch (reason) {
      if (!(reason instanceof TokenError)) throw reason;
      return reply.code(400).send({ error: reason.code, error_description: reason.message });
    }
  });

  app.route({
    method: ["GET", "POST"],
    url: "/services/oauth2/userinfo",
    handler: (request, reply) => {
      const user = userOf(request.headers.authorization, deps);
      if (user === undefined) return reply.code(403).type("text/plain").send("Bad_OAuth_Token");
      return reply.send(userInfo(user, deps));
    },
  });

  app.get("/id/:orgId/:userId", (request, reply) => {
    const user = userOf(request.headers.authorization, deps);
    if (user === undefined) return reply.code(403).type("text/plain").send("Bad_OAuth_Token");
    return reply.send({ ...userInfo(user, deps), username: user.username, display_name: user.name });
  });

  app.route({
    method: ["GET", "POST"],
    url: "/services/oauth2/revoke",
    handler: (request, reply) => {
      const given = tokenParameter.safeParse(request.method === "GET" ? request.query : request.body);
      if (!given.success || deps.sessions.use(given.data.token) === undefined) {
        return reply.code(400).send({ error: "invalid_token", error_description: "there is no such token" });
      }
      deps.sessions.revoke(given.data.token);
      return reply.code(200).send();
    },
  });
}

/** The token of an `Authorization: Bearer …` (or the older `OAuth …`) header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^(?:bearer|oauth) (\S+)$/i.exec(authorization ?? "")?.[1];
}

function userOf(authorization: string | undefined, deps: TokenRouteDeps): OrgUser | undefined {
  const token = bearerToken(authorization);
  const session = token === undefined ? undefined : deps.sessions.use(token);
  return session === undefined ? undefined : findUserById(deps.core, session.userId);
}

function userInfo(user: OrgUser, deps: TokenRouteDeps): Readonly<Record<string, unknown>> {
  const base = deps.instanceUrl();
  const subject = identityUrl(base, deps.core.orgId, user);
  return {
    sub: subject,
    id: subject,
    user_id: user.id,
    organization_id: deps.core.orgId,
    preferred_username: user.username,
    nickname: user.username,
    name: user.name,
    given_name: user.firstName,
    family_name: user.lastName,
    email: user.email,
    email_verified: true,
    active: true,
    user_type: "STANDARD",
    language: "en_US",
    locale: "en_US",
    zoneinfo: "UTC",
    utcOffset: 0,
    is_app_installed: true,
    urls: {
      rest: `${base}/services/data/v{version}/`,
      sobjects: `${base}/services/data/v{version}/sobjects/`,
      query: `${base}/services/data/v{version}/query/`,
      partner: `${base}/services/Soap/u/{version}/${deps.core.orgId.slice(0, 15)}`,
    },
  };
}
