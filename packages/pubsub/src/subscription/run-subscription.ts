import type { TokenSource } from "../auth/session.ts";
import type { Connection } from "../wire/connection.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import { createDecoder } from "./event-decoder.ts";
import type { DecoderDeps } from "./event-decoder.ts";
import type { RetryBell } from "./retry-bell.ts";
import { StreamKeeper } from "./stream-keeper.ts";
import type { StreamItem, SubscribeOptions } from "./stream-item.ts";

const DEFAULT_CAPACITY = 100;

/** Everything a subscription touches outside itself. */
export type SubscriptionDeps = DecoderDeps & {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly watchdogMs: number;
  readonly retryBell: RetryBell;
};

/**
 * Reads a topic for ever: whatever ends the stream, the next one resumes after what came last. Returns when the signal
 * aborts, and only then.
 *
 * The consumer pulls: asking for the next item says that the one before is dealt with. That is why a keepalive's
 * position is safe to store when it is yielded. Meanwhile the next events are received and decoded, within the
 * capacity.
 */
export async function* runSubscription(
  topic: string,
  options: SubscribeOptions & { readonly signal: AbortSignal },
  deps: SubscriptionDeps,
): AsyncGenerator<StreamItem, void, void> {
  const { capacity = DEFAULT_CAPACITY, whenPositionRejected = "earliest" } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const queue = new DeliveryQueue(createDecoder(topic, options.expects, deps, signal), signal);
  const keeper = new StreamKeeper(options.position ?? { kind: "earliest" }, {
    topic,
    capacity,
    whenPositionRejected,
    queue,
    ...deps,
  });
  const keeping = keeper.run(signal).catch((error: unknown) => {
    queue.fail(error);
  });
  try {
    for (;;) {
      // Not kept in a variable: a batch that is dealt with would outlive the wait for the next.
      yield await queue.take();
      queue.release();
      keeper.topUp();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopping.abort();
    await keeping;
  }
}
