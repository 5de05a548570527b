import { openNetwork } from "../network/network-options.ts";
import type { Network, NetworkOptions } from "../network/network-options.ts";
import { PubSubError } from "../pubsub-error.ts";
import { systemDefaults } from "../system-defaults.ts";
import { isSendableToken, safeOrigin, textField } from "./answer-fields.ts";
import { cachedSource } from "./cached-source.ts";
import { isBadToken, toUserInfoError } from "./login-error.ts";
import { parseId } from "./salesforce-id.ts";
import type { Session, TokenSource } from "./session.ts";
import { askUserInfo, readUserInfo } from "./user-info.ts";

const SUBJECT = "token function";

/** An access token of elsewhere. */
export type FetchedToken = {
  /** As it is sent, without `Bearer`. */
  readonly accessToken: string;
  /** The org's My Domain; what follows the host does not count. */
  readonly instanceUrl: string;
  /** 15 or 18 characters; userinfo is asked when it is missing. */
  readonly orgId?: string | undefined;
  readonly userId?: string | undefined;
};

export type FetchTokenContext = {
  /** Aborts when nobody waits for the token any more. */
  readonly signal: AbortSignal;
  /** The token that Salesforce refused, if that is why another is asked for: do not give it again from a cache. */
  readonly refused: FetchedToken | undefined;
};

export type FetchToken = (context: FetchTokenContext) => Promise<FetchedToken>;

export type TokenFromOptions = {
  /** For userinfo. Default: the system's authorities, the environment's proxy. */
  readonly network?: NetworkOptions | undefined;
};

/**
 * Takes access tokens from a function, such as one that asks a vault, the `sf` command or another library. It is called
 * once however many wait, and again when Salesforce refused what it gave. A `PubSubError` that it throws goes on as it
 * is; anything else becomes the `cause` of `login_unreachable`, so it should hold no secret. What it returns is
 * `auth_rejected` when it is no token and no URL of an org.
 *
 * @throws {PubSubError} `config_invalid` for network options that make no sense.
 */
export function tokenFrom(fetchToken: FetchToken, options: TokenFromOptions = {}): TokenSource {
  const network = openNetwork(options.network ?? {}, () => systemDefaults.clock());
  return cachedSource(async (signal, refused) => {
    const token = await callFor({ signal, refused }, fetchToken);
    if (token.orgId !== undefined) return { ...token, orgId: token.orgId };
    const answer = await askUserInfo(token.instanceUrl, token.accessToken, network, signal);
    // A function with a cache of its own learns only so that it is stale.
    if (isBadToken(answer)) return await secondTry(token, { signal, fetchToken, network });
    return identified(token, answer);
  });
}

type Retry = { readonly signal: AbortSignal; readonly fetchToken: FetchToken; readonly network: Network };

async function secondTry(refused: FetchedToken, { signal, fetchToken, network }: Retry): Promise<Session> {
  const token = await callFor({ signal, refused }, fetchToken);
  if (token.orgId !== undefined) return { ...token, orgId: token.orgId };
  return identified(token, await askUserInfo(token.instanceUrl, token.accessToken, network, signal));
}

function identified(token: FetchedToken, answer: Awaited<ReturnType<typeof askUserInfo>>): Session {
  const { accessToken, instanceUrl } = token;
  if (answer.status !== 200) throw toUserInfoError(instanceUrl, answer, accessToken);
  const { orgId, userId } = readUserInfo(instanceUrl, answer);
  return { accessToken, instanceUrl, orgId, userId: token.userId ?? userId };
}

async function callFor(context: FetchTokenContext, fetchToken: FetchToken): Promise<FetchedToken> {
  let given: unknown;
  try {
    given = await fetchToken(context);
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    if (error instanceof PubSubError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new PubSubError("login_unreachable", SUBJECT, `it failed: ${words}`, { cause: error });
  }
  return parseToken(given);
}

function parseToken(given: unknown): FetchedToken {
  const accessToken = textField(given, "accessToken");
  if (accessToken === undefined) throw wrong("it gave no accessToken, or a blank one.");
  if (/^bearer\s/i.test(accessToken))
    throw wrong('its accessToken starts with "Bearer ". Give the bare token.');
  if (!isSendableToken(accessToken))
    throw wrong("its accessToken has blanks, line ends or letters beyond ASCII.");
  const instanceUrl = safeOrigin(textField(given, "instanceUrl") ?? "");
  if (instanceUrl === undefined) {
    throw wrong("its instanceUrl is no https URL. Give the org's, such as https://acme.my.salesforce.com.");
  }
  return {
    accessToken,
    instanceUrl,
    orgId: optionalId(given, "orgId", "00D"),
    userId: optionalId(given, "userId", "005"),
  };
}

function optionalId(given: unknown, name: string, prefix: "00D" | "005"): string | undefined {
  const text = textField(given, name);
  const id = parseId(text, prefix);
  if (text !== undefined && id === undefined) {
    throw wrong(`its ${name} is no id. Give the 18 characters that begin with ${prefix}, or leave it out.`);
  }
  return id;
}

function wrong(detail: string): PubSubError {
  return new PubSubError("auth_rejected", SUBJECT, detail);
}
