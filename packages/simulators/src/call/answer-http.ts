import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Fault } from "../control/faults.ts";
import type { Operation } from "../operations.ts";
import { performCall, recordAnswer } from "./perform-call.ts";
import type { CallDesk, Outcome } from "./perform-call.ts";

/** An answer over HTTP; `body` is sent as JSON, or as it is when it is a string. */
export type HttpAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How one system says `error_message`, and what its broken page looks like. */
export type FaultAnswers = {
  readonly errorMessage: (message: string) => HttpAnswer;
  readonly serverError: HttpAnswer;
};

/**
 * Performs a call and answers it. A client that has gone away by then gets nothing, and its call stays
 * unanswered in the records, because nobody heard the answer.
 */
export async function answerHttpCall(
  desk: CallDesk,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  operation: Operation,
  key: string | null,
  act: (nowMs: number) => Outcome<HttpAnswer>,
  faultAnswers: FaultAnswers,
): Promise<FastifyReply> {
  const { request, reply } = exchange;
  const { socket } = request.raw;
  const performed = await performCall(desk, operation, key, act).catch((reason: unknown) => {
    if (desk.signal.aborted) return undefined;
    throw reason;
  });
  if (performed === undefined) return reset(socket, reply);
  const { callId, end } = performed;
  const answer = end.kind === "answer" ? end.answer : faultAnswer(end.fault, faultAnswers);
  if (answer === "silence") return reply.hijack();
  if (answer === "reset" || !socket.writable) return reset(socket, reply);
  recordAnswer(desk, callId, String(answer.status));
  return reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .send(answer.body);
}

function reset(socket: Socket, reply: FastifyReply): FastifyReply {
  socket.resetAndDestroy();
  return reply.hijack();
}

function faultAnswer(fault: Fault, faultAnswers: FaultAnswers): HttpAnswer | "silence" | "reset" {
  switch (fault.kind) {
    case "timeout":
      return "silence";
    case "refuse":
      return "reset";
    case "http_500":
      return faultAnswers.serverError;
    case "error_message":
      return faultAnswers.errorMessage(fault.message);
    case "unavailable":
      return {
        status: 503,
        headers: { "retry-after": "1", "content-type": "text/html; charset=utf-8" },
        body: "<html><body><h1>Down for maintenance</h1></body></html>",
      };
  }
}
