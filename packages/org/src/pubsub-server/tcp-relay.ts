import { connect, createServer } from "node:net";
import type { Socket } from "node:net";

/** A client's TCP connection, to be broken on purpose. */
export type RelayedConnection = {
  /** Address and port of the client. */
  readonly peer: string;
  readonly isOpen: boolean;
  /** Resets the connection at both ends. */
  cut(): void;
  /**
   * Both ends stay connected, and nothing passes any more: neither data nor pings. The server notices after
   * `deadPeerMs`, the client by itself only.
   */
  freeze(): void;
};

export type TcpRelay = {
  readonly port: number;
  /** The connection behind an address that the server sees. */
  connectionOf(serverPeer: string): RelayedConnection | undefined;
  close(): void;
};

export type TcpRelayOptions = {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the server listens, on 127.0.0.1. */
  readonly targetPort: number;
  readonly deadPeerMs: number;
  startTimer(delayMs: number, fire: () => void): () => void;
};

/**
 * Stands in front of a server and passes bytes on. It is there because nothing else can fall silent: sockets that
 * are read by a TLS server cannot be stopped from outside.
 *
 * @throws the error of the system, such as EADDRINUSE.
 */
export async function startTcpRelay(options: TcpRelayOptions): Promise<TcpRelay> {
  const connections = new Set<Relayed>();
  const server = createServer({ noDelay: true }, (client) => {
    const relayed = new Relayed(client, options, () => connections.delete(relayed));
    connections.add(relayed);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    connectionOf: (serverPeer) => [...connections].find((relayed) => relayed.serverPeer === serverPeer),
    close() {
      server.close();
      for (const relayed of connections) relayed.destroy();
    },
  };
}

class Relayed implements RelayedConnection {
  readonly peer: string;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #options: TcpRelayOptions;
  #isFrozen = false;
  #stopTimer: () => void = () => undefined;

  constructor(client: Socket, options: TcpRelayOptions, onClose: () => void) {
    this.#client = client;
    this.#options = options;
    this.peer = `${client.remoteAddress ?? "unknown"}:${client.remotePort ?? 0}`;
    this.#server = connect({ port: options.targetPort, host: "127.0.0.1", noDelay: true });
    client.pipe(this.#server);
    this.#server.pipe(client);
    // Either end may vanish at any time; the other end follows, and that is all there is to do.
    client.on("error", () => undefined);
    this.#server.on("error", () => undefined);
    client.on("close", () => {
      this.#server.destroy();
      onClose();
    });
    this.#server.on("close", () => {
      if (!this.#isFrozen) client.destroy();
    });
  }

  /** How the server calls this connection: by the port that the relay dialled from. */
  get serverPeer(): string {
    return `${this.#server.localAddress ?? ""}:${this.#server.localPort ?? 0}`;
  }

  get isOpen(): boolean {
    return !this.#client.destroyed && !this.#server.destroyed;
  }

  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  freeze(): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    this.#client.unpipe();
    this.#client.pause();
    this.#server.unpipe();
    this.#server.resume();
    this.#stopTimer = this.#options.startTimer(this.#options.deadPeerMs, () => {
      this.#server.destroy();
    });
  }

  destroy(): void {
    this.#stopTimer();
    this.#client.destroy();
    this.#server.destroy();
  }
}
