import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { PublishAnswer, PublishAnswerResult, PublishRequest } from "../wire/messages.ts";

/** The service recommends at most 200 events and 3 MB a request; beyond 4 MB it cuts the connection. */
const MAX_EVENTS = 200;
const MAX_BYTES = 3 * 1024 * 1024;
/** A generous guess of what surrounds a payload on the wire. */
const EVENT_OVERHEAD_BYTES = 128;

/** What became of one event. `refused` is final for this event; others of the same call may be published. */
export type PublishResult =
  | { readonly kind: "published"; readonly id: string; readonly replayId: Uint8Array }
  | { readonly kind: "refused"; readonly message: string };

type EncodedEvent = PublishRequest["events"][number];

/**
 * Publishes records in order, in as few requests as the service recommends.
 *
 * @throws {PubSubError} `payload_invalid` before anything is sent; else why a request failed, in which case earlier
 * requests of the same call are published and the failed one may be.
 */
export async function publishEvents(
  schemaId: string,
  codec: PayloadCodec,
  payloads: readonly Readonly<Record<string, unknown>>[],
  send: (events: readonly EncodedEvent[]) => Promise<PublishAnswer>,
): Promise<readonly PublishResult[]> {
  const encoded = payloads.map((record) => ({ schemaId, payload: codec.encode(record) }));
  const results: PublishResult[] = [];
  for (const events of splitForRequests(encoded)) {
    const answer = await send(events);
    if (answer.results.length !== events.length) {
      const detail = `Publish answered ${answer.results.length} results for ${events.length} events.`;
      throw new PubSubError("unexpected", `schema ${schemaId}`, detail, { rpcId: answer.rpcId });
    }
    results.push(...answer.results.map(toResult));
  }
  return results;
}

function toResult(result: PublishAnswerResult): PublishResult {
  if (result.error !== null) return { kind: "refused", message: `${result.error.code}: ${result.error.msg}` };
  return { kind: "published", id: result.correlationKey, replayId: new Uint8Array(result.replayId) };
}

function splitForRequests(events: readonly EncodedEvent[]): readonly (readonly EncodedEvent[])[] {
  const requests: EncodedEvent[][] = [];
  let open: EncodedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = event.payload.length + EVENT_OVERHEAD_BYTES;
    if (open.length === MAX_EVENTS || (open.length > 0 && bytes + size > MAX_BYTES)) {
      requests.push(open);
      open = [];
      bytes = 0;
    }
    open.push(event);
    bytes += size;
  }
  if (open.length > 0) requests.push(open);
  return requests;
}
