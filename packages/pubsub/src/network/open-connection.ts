import { once } from "node:events";
import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { PubSubError } from "../pubsub-error.ts";
import { causeOf, codeOf, reasonOf, startDeadline, within } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { Network } from "./network-options.ts";
import { unbracketed } from "./no-proxy.ts";
import { openTunnel } from "./open-tunnel.ts";
import { resolveProxy } from "./resolve-proxy.ts";

/** What Node calls a certificate that no known authority vouches for. */
const untrusted: ReadonlySet<string | undefined> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/**
 * A connection to the host of a URL that is ready for HTTP/1.1: through the proxy if there is one, and with TLS for
 * `https:`.
 *
 * @throws {PubSubError} `login_unreachable`, saying who failed: the host, the proxy or the certificate;
 *   `config_invalid` for a proxy of the environment that is none; the signal's reason when aborted.
 */
export async function openConnection(url: URL, network: Network, signal: AbortSignal): Promise<Socket> {
  const isSecure = url.protocol === "https:";
  const port = Number(url.port || (isSecure ? 443 : 80));
  const address = `${url.hostname}:${port}`;
  const proxy = resolveProxy({ address, transport: isSecure ? "tls" : "plain" }, network, network.env);
  const deadline = startDeadline(network.connectTimeoutMs, signal);
  const socket =
    proxy === undefined ? await dial(url, port, deadline) : await openTunnel(proxy, address, deadline);
  return isSecure ? await secure(socket, url, network, deadline) : socket;
}

async function dial(url: URL, port: number, deadline: Deadline): Promise<Socket> {
  const socket = connectTcp({ host: unbracketed(url.hostname), port });
  // Whatever fails later shows at the socket's next use.
  socket.on("error", () => undefined);
  try {
    await within(once(socket, "connect"), deadline);
    return socket;
  } catch (error) {
    socket.destroy();
    if (deadline.signal.aborted) throw deadline.signal.reason;
    const hint = codeOf(error) === "ENOTFOUND" ? " Check the host name; a network may need a proxy." : "";
    const detail = `cannot be reached: ${reasonOf(error, deadline)}.${hint}`;
    throw new PubSubError("login_unreachable", url.origin, detail, { cause: causeOf(error) });
  }
}

async function secure(socket: Socket, url: URL, network: Network, deadline: Deadline): Promise<Socket> {
  const host = unbracketed(url.hostname);
  const secureContext = network.secureContext();
  const secured = connectTls({
    socket,
    host,
    ALPNProtocols: ["http/1.1"],
    // TLS names servers by name only.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  secured.on("error", () => undefined);
  try {
    await within(once(secured, "secureConnect"), deadline);
    return secured;
  } catch (error) {
    secured.destroy();
    socket.destroy();
    if (deadline.signal.aborted) throw deadline.signal.reason;
    const code = codeOf(error);
    const detail = untrusted.has(code)
      ? `its certificate is not trusted (${code}). If your network has an authority of its own, give its PEM in network.ca.`
      : `TLS failed: ${reasonOf(error, deadline)}.`;
    throw new PubSubError("login_unreachable", url.origin, detail, { cause: causeOf(error) });
  }
}
