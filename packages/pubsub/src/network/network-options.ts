import type { SecureContext } from "node:tls";
import { PubSubError } from "../pubsub-error.ts";
import { resolveProxy } from "./resolve-proxy.ts";
import type { Environment } from "./resolve-proxy.ts";
import { contextTrusting, readAuthorities } from "./trust.ts";

/** How Salesforce is reached from this network. */
export type NetworkOptions = {
  /** Authorities to trust beside the system's, as PEM; such as that of a proxy that inspects TLS. */
  readonly ca?: Buffer | string | undefined;
  /**
   * `http://host:port` or `http://user:password@host:port` of an HTTP proxy that can CONNECT; special characters of
   * user and password percent-encoded. Without it the environment counts; with false there is no proxy.
   */
  readonly proxy?: string | false | undefined;
  /** For TCP, the proxy's answer and TLS together. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Where proxies are looked up. Default `process.env`. */
  readonly env?: Environment | undefined;
};

/** The options, checked, as those who dial need them. */
export type Network = {
  readonly proxy: string | false | undefined;
  readonly env: Environment;
  readonly connectTimeoutMs: number;
  /** undefined: the authorities that this process trusts anyway. */
  readonly secureContext: () => SecureContext | undefined;
  /** Milliseconds since 1970; when a request left and its answer came. */
  readonly clock: () => number;
};

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/** @throws {PubSubError} `config_invalid` for authorities, a proxy or a timeout that make no sense. */
export function openNetwork(options: NetworkOptions, clock: () => number): Network {
  const { ca, proxy, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, env = process.env } = options;
  if (!Number.isInteger(connectTimeoutMs) || connectTimeoutMs <= 0 || connectTimeoutMs > 2 ** 31 - 1) {
    const detail = `expected milliseconds, such as 10000; got ${connectTimeoutMs}.`;
    throw new PubSubError("config_invalid", "network.connectTimeoutMs", detail);
  }
  // Any target does: what is wrong with the option should be told before the first call.
  if (proxy !== undefined) resolveProxy({ address: "localhost:443", transport: "tls" }, { proxy }, {});
  const authorities = ca === undefined ? undefined : readAuthorities(ca);
  const secureContext = (): SecureContext | undefined =>
    authorities === undefined ? undefined : contextTrusting(authorities);
  return { proxy, env, connectTimeoutMs, secureContext, clock };
}
