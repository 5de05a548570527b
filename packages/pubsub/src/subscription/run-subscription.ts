import type { TokenSource } from "../auth/session.ts";
import type { ClientEvent } from "../client-event.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { Timing } from "../system-defaults.ts";
import type { Connection } from "../wire/connection.ts";
import type { ConsumerEvent } from "../wire/fetch-response.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import { readEvent, undecodable } from "./read-event.ts";
import type { RetryBell } from "./retry-bell.ts";
import { StreamKeeper } from "./stream-keeper.ts";
import type { ReceivedEvent, StreamItem, SubscribeOptions } from "./stream-item.ts";
import { waitForCodec } from "./wait-for-codec.ts";

const DEFAULT_CAPACITY = 100;

/** Everything a subscription touches outside itself. */
export type SubscriptionDeps = {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly timing: Timing;
  readonly watchdogMs: number;
  readonly retryBell: RetryBell;
  /** The codec of a schema that is known already. @throws {PubSubError} when it is known to be of no use. */
  readonly codecNow: (schemaId: string) => PayloadCodec | undefined;
  readonly fetchCodec: (schemaId: string, signal: AbortSignal) => Promise<PayloadCodec>;
  /** Must not throw. */
  readonly emit: (event: ClientEvent) => void;
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
  const queue = new DeliveryQueue(decoderOf(topic, deps, signal));
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
      const item = await queue.take(signal);
      yield item;
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

function decoderOf(topic: string, deps: SubscriptionDeps, signal: AbortSignal) {
  const { timing, emit, codecNow, fetchCodec } = deps;
  return {
    now(event: ConsumerEvent): ReceivedEvent | undefined {
      try {
        const codec = codecNow(event.schemaId);
        return codec === undefined ? undefined : readEvent(event, codec);
      } catch (error) {
        return undecodable(event, error);
      }
    },
    async later(event: ConsumerEvent): Promise<ReceivedEvent> {
      try {
        return readEvent(
          event,
          await waitForCodec(event.schemaId, { topic, timing, fetchCodec, emit }, signal),
        );
      } catch (error) {
        signal.throwIfAborted();
        return undecodable(event, error);
      }
    },
    onUndecodable({ id, schemaId, error }: Extract<ReceivedEvent, { readonly kind: "undecodable" }>) {
      emit({ name: "subscription:event:undecodable", topic, eventId: id, schemaId, error });
    },
  };
}
