import { PubSubError } from "../pubsub-error.ts";
import { isLoopback, isExempt } from "./no-proxy.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is to be reached; a Pub/Sub endpoint has the same shape. */
export type ProxyTarget = {
  /** `host:port` */
  readonly address: string;
  readonly transport: "tls" | "plain";
};

export type Proxy = {
  /** As a URL has it: an IPv6 address stands in brackets. */
  readonly host: string;
  readonly port: number;
  /** `user:password` for Basic authentication. A secret. */
  readonly credentials: string | undefined;
  /** The option or variable it comes from, for messages. */
  readonly source: string;
};

/** The names that grpc-js reads, in its order, and the upper-case names that other tools read. */
const proxyNames = ["grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy"];
const exemptNames = ["no_grpc_proxy", "no_proxy", "NO_PROXY"];

const OPTION = "network.proxy";
const DEFAULT_PROXY_PORT = 80;

/**
 * The proxy in front of a target, for sign-ins and for the Pub/Sub API alike; undefined when it is dialled directly.
 *
 * A given proxy takes everything but connections without TLS, which never leave this machine. The environment counts
 * only when no proxy is given: `grpc_proxy`, `https_proxy`, `HTTPS_PROXY` or `http_proxy`, the first that is set,
 * unless `no_grpc_proxy`, `no_proxy` or `NO_PROXY` exempts the host or the host is this machine. Pure.
 *
 * @throws {PubSubError} `config_invalid` when the proxy is no HTTP proxy.
 */
export function resolveProxy(
  target: ProxyTarget,
  options: { readonly proxy?: string | false | undefined },
  env: Environment,
): Proxy | undefined {
  if (target.transport === "plain" || options.proxy === false) return undefined;
  if (options.proxy !== undefined) return parseProxy(options.proxy, OPTION);
  const source = proxyNames.find((name) => isSet(env[name]));
  if (source === undefined) return undefined;
  const { hostname, port } = new URL(`https://${target.address}`);
  const exempt = exemptNames.map((name) => env[name]).find(isSet) ?? "";
  if (isLoopback(hostname) || isExempt({ host: hostname, port: Number(port || 443) }, exempt))
    return undefined;
  return parseProxy(env[source] ?? "", source);
}

/** How messages call it: without its user and password. */
export function nameOf(proxy: Proxy): string {
  return `proxy http://${proxy.host}:${proxy.port}`;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

function parseProxy(text: string, source: string): Proxy {
  // Other tools take a bare `host:port` from the environment, too.
  const full = text.includes("://") ? text.trim() : `http://${text.trim()}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol !== "http:" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    // The value is not quoted: it may hold a password.
    const got = url === undefined || url.protocol === "http:" ? "something else" : `${url.protocol}//…`;
    const hint = source === OPTION ? "" : ` Set ${OPTION} to another one, or to false to use none.`;
    const detail = `expected an HTTP proxy as http://host:port or http://user:password@host:port; got ${got}.${hint}`;
    throw new PubSubError("config_invalid", source, detail);
  }
  const port = url.port === "" ? DEFAULT_PROXY_PORT : Number(url.port);
  return { host: url.hostname, port, credentials: credentialsOf(url, source), source };
}

function credentialsOf(url: URL, source: string): string | undefined {
  if (url.username === "") return undefined;
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    const detail = "the user or password has a % that encodes nothing. Write % as %25.";
    throw new PubSubError("config_invalid", source, detail);
  }
}
