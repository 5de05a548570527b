import { once } from "node:events";
import { request as httpRequest } from "./node-http.ts";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { PubSubError } from "../pubsub-error.ts";
import { causeOf, reasonOf, startDeadline, within } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { Network } from "./network-options.ts";
import { openConnection } from "./open-connection.ts";

export type HttpQuestion = {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type HttpAnswer = {
  readonly status: number;
  /** The `Date` header: the other side's clock. */
  readonly date: string | undefined;
  readonly text: string;
  /** By our clock, milliseconds since 1970. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
};

const ANSWER_TIMEOUT_MS = 30_000;
const MAX_ANSWER_LENGTH = 1024 * 1024;

/**
 * Asks once, on a connection of its own; any status is an answer. Redirects are not followed: they would carry the
 * credentials to a host that nobody configured.
 *
 * @throws {PubSubError} `login_unreachable` without an answer within 30 s; `config_invalid` for a proxy of the
 *   environment that is none; the signal's reason when aborted.
 */
export async function exchange(
  question: HttpQuestion,
  network: Network,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const url = new URL(question.url);
  const socket = await openConnection(url, network, signal);
  const deadline = startDeadline(ANSWER_TIMEOUT_MS, signal);
  try {
    const sentAtMs = network.clock();
    const response = await send(question, url, socket, deadline);
    const receivedAtMs = network.clock();
    const text = await within(textOf(response), deadline);
    return {
      status: response.statusCode ?? 0,
      date: response.headers.date,
      text,
      sentAtMs,
      receivedAtMs,
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const detail = `no usable answer: ${reasonOf(error, deadline)}.`;
    throw new PubSubError("login_unreachable", url.origin, detail, { cause: causeOf(error) });
  } finally {
    socket.destroy();
  }
}

async function send(
  question: HttpQuestion,
  url: URL,
  socket: Socket,
  deadline: Deadline,
): Promise<IncomingMessage> {
  const { method, headers, body = "" } = question;
  const request = httpRequest({
    createConnection: () => socket,
    method,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, host: url.host, "content-length": Buffer.byteLength(body) },
  });
  // Whatever fails after the answer began shows at the response.
  request.on("error", () => undefined);
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.end(body);
  const [response] = await within(answered, deadline);
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_ANSWER_LENGTH) throw new Error("the answer is longer than 1 MiB");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
