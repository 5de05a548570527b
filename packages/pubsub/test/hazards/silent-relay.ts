import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** Stands between a client and a server; falls silent with every socket open, as a forgetful NAT does. */
export type SilentRelay = {
  /** Where clients dial. */
  readonly endpoint: string;
  /** Connections that were made so far. */
  readonly dialled: () => number;
  /** Passes nothing more, in either direction, on the connections of now, and on so many of those to come. */
  fallSilent(later?: number): void;
  /** How many connections are silent and still open at both ends. */
  readonly halfOpen: () => number;
  [Symbol.asyncDispose](): Promise<void>;
};

type Pair = { readonly client: Socket; readonly target: Socket; isSilent: boolean };

export async function startSilentRelay(targetPort: number): Promise<SilentRelay> {
  const pairs: Pair[] = [];
  let silentToCome = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const pair = { client, target, isSilent: silentToCome > 0 };
    pairs.push(pair);
    if (pair.isSilent) silentToCome -= 1;
    else {
      client.pipe(target);
      target.pipe(client);
    }
    for (const [end, other] of [
      [client, target],
      [target, client],
    ] as const) {
      end.on("error", () => undefined);
      end.on("close", () => {
        if (!pair.isSilent) other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `localhost:${(server.address() as AddressInfo).port}`,
    dialled: () => pairs.length,
    fallSilent(later = 0) {
      silentToCome = later;
      for (const pair of pairs) {
        pair.isSilent = true;
        pair.client.unpipe();
        pair.target.unpipe();
        pair.client.pause();
        pair.target.pause();
      }
    },
    halfOpen: () =>
      pairs.filter(({ client, target, isSilent }) => isSilent && !client.destroyed && !target.destroyed)
        .length,
    async [Symbol.asyncDispose]() {
      for (const { client, target } of pairs) {
        client.destroy();
        target.destroy();
      }
      server.close();
      await once(server, "close");
    },
  };
}
