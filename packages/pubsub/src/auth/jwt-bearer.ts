import { createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { openNetwork } from "../network/network-options.ts";
import type { NetworkOptions } from "../network/network-options.ts";
import { PubSubError } from "../pubsub-error.ts";
import { systemDefaults } from "../system-defaults.ts";
import { cachedSource } from "./cached-source.ts";
import type { TokenSource } from "./session.ts";
import { parseLoginHost, requestSession } from "./token-endpoint.ts";

/** Salesforce accepts an expiry at most 3 minutes ahead; the rest is room for clocks that differ. */
const LIFETIME_SECONDS = 150;

export type JwtBearerOptions = {
  /** The org's My Domain URL: External Client Apps refuse the generic login hosts. */
  readonly loginUrl: string;
  /** The app's consumer key. */
  readonly clientId: string;
  readonly username: string;
  /** The RSA key whose certificate the app knows. */
  readonly privateKeyPem: string;
  /** Defaults to the login URL's origin. */
  readonly audience?: string;
  /** Milliseconds since 1970. Default: the system's. */
  readonly clock?: (() => number) | undefined;
  /** A private authority, a proxy. Default: the system's authorities, the environment's proxy. */
  readonly network?: NetworkOptions | undefined;
};

/**
 * Signs in as a user with a JWT signed by the app's key (RS256); no secret travels.
 *
 * @throws {PubSubError} `config_invalid` when the key is no RSA private key, the login URL is not HTTPS (loopback
 *   excepted), or network options make no sense.
 */
export function jwtBearer(options: JwtBearerOptions): TokenSource {
  const { clientId, username, clock = () => systemDefaults.clock() } = options;
  const host = parseLoginHost(options.loginUrl, openNetwork(options.network ?? {}, clock));
  const key = parseKey(options.privateKeyPem);
  const audience = options.audience ?? host.url;
  return cachedSource((signal) => {
    const assertion = signJwt(key, {
      iss: clientId,
      sub: username,
      aud: audience,
      exp: Math.floor(clock() / 1000) + LIFETIME_SECONDS,
    });
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion };
    return requestSession(host, { form, secret: assertion, audience }, signal);
  });
}

function signJwt(key: KeyObject, claims: Readonly<Record<string, string | number>>): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${encode({ alg: "RS256" })}.${encode(claims)}`;
  return `${unsigned}.${sign("sha256", Buffer.from(unsigned), key).toString("base64url")}`;
}

function parseKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The parser's own message could quote the key: it does not go on.
    throw new PubSubError(
      "config_invalid",
      "private key",
      "not a readable private key. Give an unencrypted PEM file.",
    );
  }
  if (key.asymmetricKeyType !== "rsa") {
    const detail = `an RSA key is needed for RS256, this one is ${key.asymmetricKeyType ?? "of another kind"}.`;
    throw new PubSubError("config_invalid", "private key", detail);
  }
  return key;
}
