import { clientCredentials, jwtBearer } from "@sluice/pubsub";
import type { Session, TokenSource } from "@sluice/pubsub";
import type { SalesforceConfig } from "./service-config.ts";
import { StartError } from "./start-error.ts";

/** Sessions by the configured flow. */
export function openSessions(config: SalesforceConfig, now: () => number): TokenSource {
  const { loginUrl, clientId, signIn } = config;
  switch (signIn.kind) {
    case "jwt":
      return jwtBearer({
        loginUrl,
        clientId,
        username: signIn.username,
        privateKeyPem: signIn.privateKeyPem,
        clock: now,
      });
    case "client_credentials":
      return clientCredentials({ loginUrl, clientId, clientSecret: signIn.clientSecret });
  }
}

/**
 * The same sessions, refused when they belong to another org than expected: nothing is read from it, written to it or
 * started for it.
 *
 * @param expectedOrgId undefined as long as the store serves no org yet.
 */
export function onlyOfOrg(sessions: TokenSource, expectedOrgId: () => string | undefined): TokenSource {
  return {
    async get(signal): Promise<Session> {
      const session = await sessions.get(signal);
      const expected = expectedOrgId();
      if (expected !== undefined && session.orgId !== expected) {
        throw new StartError(
          "wrong_org",
          `Salesforce signed us in to org ${session.orgId}, but ${expected} is expected. Nothing is read or written. ` +
            "Point SALESFORCE_LOGIN_URL back to the expected org, or give the other one a store of its own (SLUICE_DATA_DIR or SLUICE_NAMESPACE).",
        );
      }
      return session;
    },
    invalidate: (session) => sessions.invalidate(session),
  };
}
