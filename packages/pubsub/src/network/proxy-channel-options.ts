import type { ChannelOptions } from "@grpc/grpc-js";
import type { Proxy } from "./resolve-proxy.ts";

/**
 * What to dial, and with which channel options, to reach `address` (`host:port`) through a proxy; without one, the
 * address itself. Either way the channel does not look at the environment: `resolveProxy` did.
 *
 * A channel to a proxy asks it for `grpc.http_connect_target` by CONNECT and checks the certificate against that host.
 * Only the `:authority` of calls would name the proxy.
 */
export function proxyChannelOptions(
  address: string,
  proxy: Proxy | undefined,
): { readonly address: string; readonly options: ChannelOptions } {
  const options: ChannelOptions = { "grpc.enable_http_proxy": 0 };
  if (proxy === undefined) return { address, options };
  options["grpc.http_connect_target"] = `dns:${address}`;
  options["grpc.default_authority"] = address;
  if (proxy.credentials !== undefined) options["grpc.http_connect_creds"] = proxy.credentials;
  return { address: `dns:${proxy.host}:${proxy.port}`, options };
}
