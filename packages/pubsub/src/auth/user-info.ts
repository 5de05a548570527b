import { exchange } from "../network/http-exchange.ts";
import type { HttpAnswer } from "../network/http-exchange.ts";
import type { Network } from "../network/network-options.ts";
import { PubSubError } from "../pubsub-error.ts";
import { parseJson, textField } from "./answer-fields.ts";
import { parseId } from "./salesforce-id.ts";

/** Whose session it is; 18 characters each. */
export type Identity = { readonly orgId: string; readonly userId: string | undefined };

/**
 * Reads an identity URL, `https://…/id/{org id}/{user id}`, which comes with most tokens.
 *
 * @returns undefined when it names no org.
 */
export function parseIdentityUrl(text: string | undefined): Identity | undefined {
  const [, org, user] = /\/id\/([^/?#]+)(?:\/([^/?#]+))?/.exec(text ?? "") ?? [];
  const orgId = parseId(org, "00D");
  return orgId === undefined ? undefined : { orgId, userId: parseId(user, "005") };
}

/** Asks userinfo whose session a token is. Any status is an answer. */
export function askUserInfo(
  instanceUrl: string,
  accessToken: string,
  network: Network,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const url = `${instanceUrl}/services/oauth2/userinfo`;
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  return exchange({ method: "GET", url, headers }, network, signal);
}

/** @throws {PubSubError} `login_unreachable` when the answer of userinfo names no org. */
export function readUserInfo(instanceUrl: string, answer: HttpAnswer): Identity {
  const body = parseJson(answer.text);
  const orgId = parseId(textField(body, "organization_id"), "00D");
  if (orgId !== undefined) return { orgId, userId: parseId(textField(body, "user_id"), "005") };
  throw new PubSubError("login_unreachable", instanceUrl, "userinfo names no organization_id.");
}
