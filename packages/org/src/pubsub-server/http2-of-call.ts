import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";

/** What faults do to the HTTP/2 side of a call. */
export type CallTransport = {
  readonly stream: Pick<ServerHttp2Stream, "close">;
  readonly session: Pick<ServerHttp2Session, "goaway" | "on" | "destroyed">;
};

/**
 * The HTTP/2 stream and session below a call. grpc-js does not offer them, so this is the one place that looks inside
 * its calls: a call holds `call`, which holds `stream`.
 *
 * @returns undefined when the connection is gone already.
 * @throws {TypeError} when grpc-js is built otherwise; then this has to be adapted to its new version.
 */
export function http2Of(call: object): CallTransport | undefined {
  const stream = memberOf(memberOf(call, "call"), "stream");
  const session = memberOf(stream, "session");
  if (isStream(stream) && session === undefined) return undefined;
  if (isStream(stream) && isSession(session)) return { stream, session };
  throw new TypeError("this version of @grpc/grpc-js hides the HTTP/2 stream of a call elsewhere");
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function isStream(value: unknown): value is ServerHttp2Stream {
  return typeof memberOf(value, "close") === "function";
}

function isSession(value: unknown): value is ServerHttp2Session {
  return typeof memberOf(value, "goaway") === "function" && typeof memberOf(value, "on") === "function";
}
