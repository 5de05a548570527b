import { exchange } from "../network/http-exchange.ts";
import type { Network } from "../network/network-options.ts";
import { resolveProxy } from "../network/resolve-proxy.ts";
import { PubSubError } from "../pubsub-error.ts";
import { isSendableToken, parseJson, safeOrigin, textField } from "./answer-fields.ts";
import { toLoginError, toUserInfoError } from "./login-error.ts";
import type { Session } from "./session.ts";
import { askUserInfo, parseIdentityUrl, readUserInfo } from "./user-info.ts";
import type { Identity } from "./user-info.ts";

/** A form for the token endpoint. */
export type Grant = {
  readonly form: Readonly<Record<string, string>>;
  /** The value in the form that no message may repeat. */
  readonly secret: string;
  /** Of an assertion, for messages. */
  readonly audience?: string;
};

export type LoginHost = {
  /** Scheme and host. */
  readonly url: string;
  readonly network: Network;
};

/**
 * Where to sign in: the origin of a login URL.
 *
 * @throws {PubSubError} `config_invalid` unless it is HTTPS, or HTTP to this machine; or for a proxy that is none.
 */
export function parseLoginHost(text: string, network: Network): LoginHost {
  const url = safeOrigin(text);
  if (url === undefined) {
    // A URL may hold a password.
    const got = text.includes("@") ? "one with an @" : `"${text}"`;
    const detail = `expected the org's My Domain as an https URL, such as https://acme.my.salesforce.com; got ${got}.`;
    throw new PubSubError("config_invalid", "login URL", detail);
  }
  const { host, port, protocol } = new URL(url);
  const transport = protocol === "https:" ? "tls" : "plain";
  // What is wrong with the environment should be told before the first call.
  resolveProxy({ address: port === "" ? `${host}:443` : host, transport }, network, network.env);
  return { url, network };
}

/**
 * Asks the token endpoint for a session. Org and user come from the identity URL in the answer, else from userinfo.
 *
 * @throws {PubSubError} `login_unreachable`, `login_rate_limited`, `auth_rejected`; the signal's reason when aborted.
 */
export async function requestSession(host: LoginHost, grant: Grant, signal: AbortSignal): Promise<Session> {
  const { network } = host;
  const url = `${host.url}/services/oauth2/token`;
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const body = new URLSearchParams(grant.form).toString();
  const answer = await exchange({ method: "POST", url, headers, body }, network, signal);
  const token = parseJson(answer.text);
  if (answer.status !== 200 || token === undefined) {
    const { secret, audience } = grant;
    throw toLoginError({ host: host.url, tokenUrl: url, audience, secrets: [secret] }, answer);
  }
  const accessToken = textField(token, "access_token");
  const instanceUrl = safeOrigin(textField(token, "instance_url") ?? "");
  if (accessToken === undefined || !isSendableToken(accessToken)) throw unusable(host, "access_token");
  if (instanceUrl === undefined) throw unusable(host, "instance_url");
  const identity =
    parseIdentityUrl(textField(token, "id")) ?? (await identify(instanceUrl, accessToken, network, signal));
  return { accessToken, instanceUrl, ...identity };
}

async function identify(
  instanceUrl: string,
  accessToken: string,
  network: Network,
  signal: AbortSignal,
): Promise<Identity> {
  const answer = await askUserInfo(instanceUrl, accessToken, network, signal);
  if (answer.status !== 200) throw toUserInfoError(instanceUrl, answer, accessToken);
  return readUserInfo(instanceUrl, answer);
}

/** The answer may hold a token, so only the name of the wrong field is told. */
function unusable(host: LoginHost, field: string): PubSubError {
  return new PubSubError("login_unreachable", host.url, `the token answer lacks a usable ${field}.`);
}
