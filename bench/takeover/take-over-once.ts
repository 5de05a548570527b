import type { ReaderPair } from "./reader-pair.ts";

/** Milliseconds from the signal on. */
export type Takeover = {
  /** Until the other's stream is open at the org. */
  readonly streamMs: number;
  /** Until the event of an order that was approved right after the signal is committed. */
  readonly commitMs: number;
  /** Until the process that got the signal was gone. */
  readonly goneMs: number;
};

/** Ends the process that reads, and takes the time until the other does its work. */
export async function takeOverOnce(pair: ReaderPair, how: "kill -9" | "SIGTERM"): Promise<Takeover> {
  const { leader } = await pair.complete();
  const { replicas } = pair;
  const before = new Set(await replicas.streams());
  const [orderId = ""] = await pair.draft(1);

  const startedAtMs = performance.now();
  const since = (): number => performance.now() - startedAtMs;
  const gone = (how === "kill -9" ? leader.tree.kill9() : leader.tree.stop()).then(since);
  const opened = replicas.untilStreams((open) => open.some((id) => !before.has(id))).then(since);
  const committed = pair
    .approve([orderId])
    .then(() => pair.untilReceived(orderId))
    .then(since);
  const [goneMs, streamMs, commitMs] = await Promise.all([gone, opened, committed]);
  pair.drop(leader);
  return { streamMs, commitMs, goneMs };
}
