import { cachedSource } from "./cached-source.ts";
import type { TokenSource } from "./session.ts";
import { parseLoginUrl, requestSession } from "./token-endpoint.ts";

export type ClientCredentialsOptions = {
  /** The org's My Domain URL; the generic login hosts do not serve this flow. */
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
};

/**
 * Signs in as the app itself; the session is that of the app's run-as user.
 *
 * @throws {PubSubError} `config_invalid` when the login URL is not HTTPS (loopback excepted).
 */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  const loginUrl = parseLoginUrl(options.loginUrl);
  return cachedSource((signal) =>
    requestSession(
      loginUrl,
      {
        grant_type: "client_credentials",
        client_id: options.clientId,
        client_secret: options.clientSecret,
      },
      signal,
    ),
  );
}
