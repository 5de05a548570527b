import type { FastifyReply, FastifyRequest } from "fastify";

/** A comment keeps proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;

export type EventSink = {
  /** Sends one event; `id` comes back as Last-Event-ID when the client reconnects. */
  send(id: string, data: unknown): void;
};

/**
 * Turns the reply into a stream of server-sent events that ends with the connection, or with the server.
 *
 * @param open gets the sink, and returns what to do when the connection has ended.
 */
export function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  serverClosing: AbortSignal,
  open: (sink: EventSink) => () => void,
): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  // Browsers wait this long before they reconnect.
  raw.write("retry: 1000\n\n");
  const stop = open({ send: (id, data) => raw.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`) });
  const heartbeat = setInterval(() => raw.write(": alive\n\n"), HEARTBEAT_MS);
  const end = () => {
    clearInterval(heartbeat);
    serverClosing.removeEventListener("abort", end);
    stop();
    raw.end();
  };
  serverClosing.addEventListener("abort", end, { once: true });
  request.raw.on("close", end);
}

/** The id after which a reconnecting client wants to go on. */
export function lastEventId(request: FastifyRequest): string | undefined {
  const header = request.headers["last-event-id"];
  return typeof header === "string" && header !== "" ? header : undefined;
}
