import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { ConsumerEvent } from "../wire/fetch-response.ts";
import type { ReceivedEvent } from "./stream-item.ts";

/** Decodes an event by the schema it was written with. Never throws: what does not fit is `undecodable`. */
export function readEvent(event: ConsumerEvent, codec: PayloadCodec): ReceivedEvent {
  const { id, schemaId, payload: raw, replayId } = event;
  try {
    return { kind: "event", id, replayId, schemaId, payload: codec.decode(raw), raw };
  } catch (reason) {
    return { kind: "undecodable", id, replayId, schemaId, raw, error: PubSubError.from(reason, subject(id)) };
  }
}

/** An event whose schema cannot be had, now or ever. */
export function undecodable(event: ConsumerEvent, reason: unknown): ReceivedEvent {
  const { id, schemaId, payload: raw, replayId } = event;
  const error = PubSubError.from(reason, subject(id));
  return { kind: "undecodable", id, replayId, schemaId, raw, error };
}

function subject(id: string): string {
  return `event ${id}`;
}
