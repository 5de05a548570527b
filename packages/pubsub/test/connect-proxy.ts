import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import { Mailbox } from "./mailbox.ts";

export type ConnectProxyOptions = {
  /** `user:password` that every CONNECT has to bring. */
  readonly credentials?: string;
  /** What to answer instead of opening a tunnel. */
  readonly refuse?: number;
  /** Takes connections and says nothing. */
  readonly silent?: boolean;
};

export type ConnectProxy = {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** `host:port` of each tunnel that was opened, in order. */
  readonly tunnels: readonly string[];
  /** `host:port` of each CONNECT, refused ones included. */
  readonly asked: Mailbox<string>;
};

/** A real HTTP proxy on a free port that can CONNECT and nothing else. */
export async function startConnectProxy(
  t: TestContext,
  options: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const asked = new Mailbox<string>();
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
  };
  const expected = `Basic ${Buffer.from(options.credentials ?? "").toString("base64")}`;
  const server = createServer((_request, response) => {
    response.writeHead(405).end();
  });
  server.on("connection", keep);
  server.on("connect", (request, client: Socket) => {
    const target = request.url ?? "";
    asked.put(target);
    if (options.silent === true) return;
    const isKnown = options.credentials === undefined || request.headers["proxy-authorization"] === expected;
    const refusal = isKnown ? options.refuse : 407;
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const upstream = connect({ host: hostname, port: Number(port) }, () => {
      tunnels.push(target);
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    keep(upstream);
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels, asked };
}
