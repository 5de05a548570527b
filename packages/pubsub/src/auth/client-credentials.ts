import { openNetwork } from "../network/network-options.ts";
import type { NetworkOptions } from "../network/network-options.ts";
import { systemDefaults } from "../system-defaults.ts";
import { cachedSource } from "./cached-source.ts";
import type { TokenSource } from "./session.ts";
import { parseLoginHost, requestSession } from "./token-endpoint.ts";

export type ClientCredentialsOptions = {
  /** The org's My Domain URL; the generic login hosts do not serve this flow. */
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A private authority, a proxy. Default: the system's authorities, the environment's proxy. */
  readonly network?: NetworkOptions | undefined;
};

/**
 * Signs in as the app itself; the session is that of the app's run-as user.
 *
 * @throws {PubSubError} `config_invalid` when the login URL is not HTTPS (loopback excepted), or for network options
 *   that make no sense.
 */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  const host = parseLoginHost(
    options.loginUrl,
    openNetwork(options.network ?? {}, () => systemDefaults.clock()),
  );
  const { clientId, clientSecret } = options;
  const grant = {
    form: { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret },
    secret: clientSecret,
  };
  return cachedSource((signal) => requestSession(host, grant, signal));
}
