import { createHash, timingSafeEqual } from "node:crypto";
import { TokenError } from "./token-error.ts";

/** An External Client App: the only kind of caller that gets a token without a password. */
export type OAuthClient = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM of the key whose private half signs JWT assertions; null refuses that grant. */
  readonly jwtPublicKeyPem: string | null;
  /** The user that client credentials act as. */
  readonly runAsUsername: string;
};

/** The id and secret of a token request. */
export type ClientCredentials = { readonly clientId: string; readonly clientSecret: string };

/**
 * Reads client credentials from a Basic header, or from the form when there is none.
 *
 * @throws {TokenError} invalid_request when one of the two is missing or the header is malformed.
 */
export function readClientCredentials(
  authorization: string | undefined,
  form: { readonly client_id?: string | undefined; readonly client_secret?: string | undefined },
): ClientCredentials {
  if (authorization !== undefined && /^basic /i.test(authorization)) {
    const decoded = Buffer.from(authorization.slice("basic ".length), "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon < 0) throw new TokenError("invalid_request", "the Basic header holds no client id and secret");
    return { clientId: decode(decoded.slice(0, colon)), clientSecret: decode(decoded.slice(colon + 1)) };
  }
  const { client_id: clientId, client_secret: clientSecret } = form;
  if (clientId === undefined) throw new TokenError("invalid_request", "client_id is missing");
  if (clientSecret === undefined) throw new TokenError("invalid_request", "client_secret is missing");
  return { clientId, clientSecret };
}

/** The client with these credentials. @throws {TokenError} invalid_client_id or invalid_client. */
export function checkClientCredentials(
  given: ClientCredentials,
  clients: readonly OAuthClient[],
): OAuthClient {
  const client = clients.find(({ clientId }) => clientId === given.clientId);
  if (client === undefined) throw new TokenError("invalid_client_id", "client identifier invalid");
  if (!isSameSecret(given.clientSecret, client.clientSecret)) {
    throw new TokenError("invalid_client", "invalid client credentials");
  }
  return client;
}

/** Compares without telling by its duration how much of the secret was right. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TokenError("invalid_request", "the Basic header is not form-encoded");
  }
}
