import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { ConsumerEvent } from "../wire/messages.ts";
import type { ReceivedEvent } from "./stream-item.ts";

export type ReadBatchDeps = {
  readonly topic: string;
  /**
   * Waits as long as it takes: rejects only with what makes an event undecodable for good, or when aborted.
   */
  codec(schemaId: string, signal: AbortSignal): Promise<PayloadCodec>;
  readonly onEvent: (event: ClientEvent) => void;
};

/**
 * Decodes events in order, each by the schema it was written with: after a change of the event's fields, retained
 * older events keep their old schema, so that both arrive on one stream.
 */
export async function readBatch(
  events: readonly ConsumerEvent[],
  deps: ReadBatchDeps,
  signal: AbortSignal,
): Promise<readonly ReceivedEvent[]> {
  const received: ReceivedEvent[] = [];
  for (const event of events) received.push(await readEvent(event, deps, signal));
  return received;
}

async function readEvent(
  consumed: ConsumerEvent,
  deps: ReadBatchDeps,
  signal: AbortSignal,
): Promise<ReceivedEvent> {
  const { id, schemaId, payload: raw } = consumed.event ?? { id: "", schemaId: "", payload: Buffer.alloc(0) };
  // A copy, since the received bytes are a window on the whole response.
  const envelope = { id, replayId: new Uint8Array(consumed.replayId), schemaId, raw };
  try {
    const codec = await deps.codec(schemaId, signal);
    return { kind: "event", ...envelope, payload: codec.decode(raw) };
  } catch (reason) {
    signal.throwIfAborted();
    const error = PubSubError.from(reason, `event ${id}`);
    deps.onEvent({ kind: "undecodable", topic: deps.topic, eventId: id, error });
    return { kind: "undecodable", ...envelope, error };
  }
}
