import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import { verifyAssertion } from "./jwt-bearer.ts";
import { checkClientCredentials, readClientCredentials } from "./oauth-client.ts";
import type { OAuthClient } from "./oauth-client.ts";
import type { SessionStore } from "./sessions.ts";
import { TokenError } from "./token-error.ts";
import { findUserByName } from "./users.ts";
import type { OrgUser } from "./users.ts";

export type TokenGrantDeps = {
  readonly core: Pick<OrgCore, "all" | "orgId">;
  readonly sessions: SessionStore;
  readonly clients: readonly OAuthClient[];
  /** Base URL given back as `instance_url`. */
  readonly instanceUrl: () => string;
  readonly audiences: () => readonly string[];
  readonly now: () => number;
};

/**
 * The answer of the token endpoint. There is no `expires_in`: clients learn that a token ended by
 * a 401. `issued_at` (milliseconds, as text) comes with client credentials only.
 */
export type TokenAnswer = {
  readonly access_token: string;
  readonly scope: string;
  readonly instance_url: string;
  readonly id: string;
  readonly token_type: "Bearer";
  readonly issued_at?: string;
};

const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const formSchema = z.object({
  grant_type: z.string().optional(),
  assertion: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
});

/** @throws {TokenError} for everything that is refused. */
export async function grantToken(
  body: unknown,
  authorization: string | undefined,
  deps: TokenGrantDeps,
): Promise<TokenAnswer> {
  const form = formSchema.safeParse(body ?? {});
  if (!form.success)
    throw new TokenError("invalid_request", "the body must be form-encoded, each parameter once");
  switch (form.data.grant_type) {
    case jwtBearerGrant: {
      const { assertion } = form.data;
      if (assertion === undefined) throw new TokenError("invalid_request", "assertion is missing");
      const { clients, now } = deps;
      const username = await verifyAssertion(assertion, { clients, audiences: deps.audiences(), now });
      return answerFor(username, deps);
    }
    case "client_credentials": {
      const client = checkClientCredentials(readClientCredentials(authorization, form.data), deps.clients);
      return { ...answerFor(client.runAsUsername, deps), issued_at: String(deps.now()) };
    }
    case undefined:
      throw new TokenError("invalid_request", "grant_type is missing");
    default:
      throw new TokenError(
        "unsupported_grant_type",
        "grant type not supported: use JWT bearer or client credentials",
      );
  }
}

/** The identity URL of a user, from which clients read the org id. */
export function identityUrl(baseUrl: string, orgId: string, user: Pick<OrgUser, "id">): string {
  return `${baseUrl}/id/${orgId}/${user.id}`;
}

function answerFor(username: string, deps: TokenGrantDeps): TokenAnswer {
  const user = findUserByName(deps.core, username);
  if (user === undefined) {
    throw new TokenError(
      "invalid_grant",
      "user hasn't approved this consumer: no active user has this username",
    );
  }
  const instanceUrl = deps.instanceUrl();
  return {
    access_token: deps.sessions.issue(user.id).token,
    scope: "api",
    instance_url: instanceUrl,
    id: identityUrl(instanceUrl, deps.core.orgId, user),
    token_type: "Bearer",
  };
}
