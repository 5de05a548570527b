import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";
import { PubSubError } from "../pubsub-error.ts";
import { resolveProxy } from "./resolve-proxy.ts";
import type { Environment } from "./resolve-proxy.ts";

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
  /** Every authority to trust, as PEM; undefined: those that this process trusts anyway. */
  readonly authorities: Buffer | undefined;
  /** The same as TLS takes it; made once it is needed, since it costs milliseconds and megabytes. */
  secureContext(): SecureContext | undefined;
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
  const authorities = ca === undefined ? undefined : trustedAuthorities(ca);
  let made: SecureContext | undefined;
  return {
    proxy,
    env,
    connectTimeoutMs,
    authorities,
    secureContext() {
      if (authorities !== undefined) made ??= createSecureContext({ ca: authorities });
      return made;
    },
    clock,
  };
}

/**
 * The given authorities and those that this process trusts anyway (the system's, `NODE_EXTRA_CA_CERTS`), as one PEM
 * bundle: a private authority is one more, so that hosts outside its reach stay trusted.
 *
 * @throws {PubSubError} `config_invalid` when it is no PEM certificate.
 */
export function trustedAuthorities(ca: Buffer | string): Buffer {
  // Node skips what it cannot read, and the failure would show as an untrusted host.
  if (!isCertificate(ca)) {
    throw new PubSubError("config_invalid", "network.ca", "expected PEM certificates; could not read any.");
  }
  return Buffer.from([...getCACertificates("default"), ca.toString()].join("\n"));
}

function isCertificate(pem: Buffer | string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
