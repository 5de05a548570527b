import type { FastifyReply } from "fastify";

/** One server-sent event; a reader that comes back names the id of the last one it saw. */
export type StreamedEvent = { readonly id: string; readonly data: unknown };

export type EventStream = {
  send(event: StreamedEvent): void;
  /** Called when the reader is gone. */
  onClose(call: () => void): void;
};

/** A reader that does not read is let go when this much waits for it; it comes back by its last id. */
const maxWaitingBytes = 4 * 1024 * 1024;
const heartbeatMs = 20_000;

/** Turns the reply into a stream of server-sent events. */
export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  raw.write(": open\n\n");
  const heartbeat = setInterval(() => raw.write(": alive\n\n"), heartbeatMs);
  raw.on("close", () => {
    clearInterval(heartbeat);
  });
  return {
    send({ id, data }) {
      if (raw.destroyed) return;
      raw.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
      if (raw.writableLength > maxWaitingBytes) raw.destroy();
    },
    onClose(call) {
      raw.on("close", call);
    },
  };
}
