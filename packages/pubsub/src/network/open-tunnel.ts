import { once } from "node:events";
import { request as httpRequest } from "./node-http.ts";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { PubSubError } from "../pubsub-error.ts";
import { causeOf, reasonOf, within } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { unbracketed } from "./no-proxy.ts";
import { nameOf } from "./resolve-proxy.ts";
import type { Proxy } from "./resolve-proxy.ts";

/**
 * Asks a proxy for a connection to `address` (`host:port`), by HTTP CONNECT.
 *
 * @throws {PubSubError} `login_unreachable`, saying what the proxy did; the signal's reason when aborted.
 */
export async function openTunnel(proxy: Proxy, address: string, deadline: Deadline): Promise<Socket> {
  const headers: Record<string, string> = { host: address };
  if (proxy.credentials !== undefined) {
    headers["proxy-authorization"] = `Basic ${Buffer.from(proxy.credentials).toString("base64")}`;
  }
  const request = httpRequest({
    method: "CONNECT",
    host: unbracketed(proxy.host),
    port: proxy.port,
    path: address,
    headers,
    // The shared agent may have a proxy of its own.
    agent: false,
  });
  // Whatever fails after the answer shows at the socket's next use.
  request.on("error", () => undefined);
  let response: IncomingMessage;
  let socket: Socket;
  let head: Buffer;
  try {
    const connected = once(request, "connect") as Promise<[IncomingMessage, Socket, Buffer]>;
    request.end();
    [response, socket, head] = await within(connected, deadline);
  } catch (error) {
    request.destroy();
    if (deadline.signal.aborted) throw deadline.signal.reason;
    const detail = `could not be asked for ${address}: ${reasonOf(error, deadline)}. Check ${proxy.source}.`;
    throw new PubSubError("login_unreachable", nameOf(proxy), detail, { cause: causeOf(error) });
  }
  socket.on("error", () => undefined);
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode > 299) {
    socket.destroy();
    throw new PubSubError("login_unreachable", nameOf(proxy), refusal(statusCode, address, proxy));
  }
  if (head.length > 0) socket.unshift(head);
  return socket;
}

function refusal(statusCode: number, address: string, proxy: Proxy): string {
  const { source } = proxy;
  switch (statusCode) {
    case 407:
      return proxy.credentials === undefined
        ? `it demands a user and password (407). Give them in ${source}, as http://user:password@host:port.`
        : `it does not accept its user and password (407). Check them in ${source}; Basic authentication is used.`;
    case 403:
      return `it refuses connections to ${address} (403). Let its admin allow that host.`;
    case 502:
    case 503:
    case 504:
      return `it could not reach ${address} (${statusCode}). Check the address, and that the proxy reaches the internet.`;
    default:
      return `it answered ${statusCode} when asked for ${address}. Check that ${source} names an HTTP proxy that can CONNECT.`;
  }
}
