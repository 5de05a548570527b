import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { CommandRefused } from "../orders/command-refused.ts";

/** Long work tells how far it is. Each call is one line of the answer. */
export type TellProgress = (progress: Readonly<Record<string, unknown>>) => void;

/**
 * Answers with `application/x-ndjson`: `{"kind":"progress",…}` lines while the work goes on, then one line
 * `{"kind":"result",…}` or `{"kind":"refused","code","message"}`. A client that goes away ends the work by the signal.
 */
export async function answerWithProgress(
  reply: FastifyReply,
  closing: AbortSignal,
  work: (tell: TellProgress, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const lines = new Readable({ read: () => undefined });
  const write = (line: Readonly<Record<string, unknown>>) => {
    if (!lines.destroyed) lines.push(`${JSON.stringify(line)}\n`);
  };
  lines.on("close", () => gone.abort(new Error("the client went away")));
  const run = async () => {
    try {
      const result = await work(
        (progress) => write({ kind: "progress", ...progress }),
        AbortSignal.any([gone.signal, closing]),
      );
      write({ kind: "result", ...result });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      write({ kind: "refused", code: error instanceof CommandRefused ? error.code : "failed", message });
    }
    if (!lines.destroyed) lines.push(null);
  };
  void run();
  return reply.type("application/x-ndjson").send(lines);
}
