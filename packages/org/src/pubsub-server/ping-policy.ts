import type { CallTransport } from "./http2-of-call.ts";

const enhanceYourCalm = 11;

/** When each connection was pinged last. */
const lastPings = new WeakMap<object, { atMs: number }>();

/** Answers pings that follow too closely with GOAWAY, as gRPC servers do that protect themselves. */
export function watchPings(
  session: CallTransport["session"],
  minIntervalMs: number,
  now: () => number,
): void {
  if (lastPings.has(session)) return;
  const last = { atMs: Number.NEGATIVE_INFINITY };
  lastPings.set(session, last);
  session.on("ping", () => {
    const atMs = now();
    if (atMs - last.atMs < minIntervalMs) {
      session.goaway(enhanceYourCalm, 0, Buffer.from("too_many_pings"));
    }
    last.atMs = atMs;
  });
}
