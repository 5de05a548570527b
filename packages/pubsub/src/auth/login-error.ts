import { z } from "zod";
import { PubSubError } from "../pubsub-error.ts";

const MAX_DESCRIPTION = 200;

const errorAnswer = z.object({ error: z.string(), error_description: z.string().optional() });

/** What to do about the `error` values of the token endpoint; the descriptions are free text. */
const advice: Readonly<Record<string, string>> = {
  invalid_grant:
    "Check the username, that the app pre-authorises it by permission set or profile, that the audience is the org's My Domain, and this machine's clock.",
  invalid_client_id: "Check the consumer key; a new app takes some minutes to become known.",
  invalid_client: "Check the consumer key and secret; a new app takes some minutes to become known.",
  invalid_client_credentials: "Check the consumer secret.",
  app_not_found: "Use the org's My Domain as login URL: External Client Apps refuse the generic hosts.",
  invalid_app_access: "Let an admin assign the app to this user.",
  inactive_user: "Let an admin activate the user.",
  inactive_org: "The org is not active: ask its admin.",
  unsupported_grant_type: "Enable this OAuth flow in the app.",
  invalid_request: "Check the app's OAuth settings and, for client credentials, its run-as user.",
};

/** Says why a login host did not give what it was asked for. Reads the parsed body; undefined means it was no JSON. */
export function toLoginError(host: string, response: Response, body: unknown): PubSubError {
  const { status } = response;
  const known = errorAnswer.safeParse(body);
  if (known.success && status < 500) {
    const { error, error_description: description } = known.data;
    const said = description === undefined ? error : `${error}: ${description.slice(0, MAX_DESCRIPTION)}`;
    if (error === "rate_limit_exceeded") {
      return new PubSubError(
        "login_rate_limited",
        host,
        `${said}. Fewer processes should sign in as this user.`,
      );
    }
    const hint = advice[error] ?? "Check the app and its user in Salesforce Setup.";
    return new PubSubError("auth_rejected", host, `Salesforce refused the sign-in (${said}). ${hint}`);
  }
  if (status === 401 || status === 403) {
    return new PubSubError(
      "auth_rejected",
      host,
      `Salesforce answered ${status}. Check that the user may use the API.`,
    );
  }
  if (status >= 300 && status < 400) {
    const detail = `it redirects (${status}) instead of answering. Use the org's My Domain as login URL.`;
    return new PubSubError("login_unreachable", host, detail);
  }
  const detail = `it answered ${status} with something that is no OAuth answer. It may be in maintenance.`;
  return new PubSubError("login_unreachable", host, detail);
}
