import type { Session, TokenSource } from "./auth/session.ts";
import type { ClientEvent } from "./client-event.ts";
import { PubSubError } from "./pubsub-error.ts";

/**
 * The same sessions, looked at as they pass: a new token and a moved instance are told, and a session of another org
 * is refused, since positions and schemas of one org mean nothing in another. The org is the expected one, or else
 * that of the first session.
 */
export function guardSessions(
  source: TokenSource,
  expectedOrgId: string | undefined,
  emit: (event: ClientEvent) => void,
): TokenSource {
  let orgId = expectedOrgId;
  let current: Session | undefined;

  return {
    async get(signal) {
      const session = await source.get(signal);
      orgId ??= session.orgId;
      // Salesforce writes ids with 15 or 18 characters; the last three follow from the others.
      if (session.orgId.slice(0, 15) !== orgId.slice(0, 15)) {
        // Or the same session would be looked at again and again, and the right org never be seen.
        source.invalidate(session);
        emit({ name: "session:org:changed", expectedOrgId: orgId, orgId: session.orgId });
        const detail =
          `the sign-in leads to org ${session.orgId}, and ${orgId} is expected: nothing is read from it or ` +
          "published to it. Correct the login URL or the credentials, or create a client for the other org.";
        throw new PubSubError("org_changed", session.instanceUrl, detail);
      }
      const before = current;
      current = session;
      if (before !== undefined && before.accessToken !== session.accessToken) {
        emit({ name: "session:token:renewed", orgId: session.orgId });
      }
      if (before !== undefined && before.instanceUrl !== session.instanceUrl) {
        emit({ name: "session:instance:changed", from: before.instanceUrl, to: session.instanceUrl });
      }
      return session;
    },
    invalidate: (session) => {
      source.invalidate(session);
    },
  };
}
