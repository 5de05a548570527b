import type { ClientEvent } from "../client-event.ts";
import { DriftGuard } from "../schema/drift-guard.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import type { Timing } from "../system-defaults.ts";
import type { DecodeEvent } from "./delivery-queue.ts";
import { readEvent, undecodable } from "./read-event.ts";
import { waitForCodec } from "./wait-for-codec.ts";

export type DecoderDeps = {
  readonly timing: Timing;
  /** The codec of a schema that was fetched already. */
  readonly codecNow: (schemaId: string) => PayloadCodec | undefined;
  readonly fetchCodec: (schemaId: string, signal: AbortSignal) => Promise<PayloadCodec>;
  /** Must not throw. */
  readonly emit: (event: ClientEvent) => void;
};

/**
 * Decodes the events of one subscription, each by the schema it was written with: after a change of the event's fields,
 * retained older events keep their old schema, so that both arrive on one stream. Tells each schema that differs from
 * the one the consumer was written for.
 *
 * @throws {PubSubError} `config_invalid` when the expected schema is none.
 */
export function createDecoder(
  topic: string,
  expects: string | undefined,
  deps: DecoderDeps,
  signal: AbortSignal,
): DecodeEvent {
  const { emit } = deps;
  const guard = new DriftGuard(expects === undefined ? [] : [expects]);
  /** Those of this subscription, so that each is compared once, though the client may know it already. */
  const codecs = new Map<string, PayloadCodec>();

  function learn(codec: PayloadCodec): PayloadCodec {
    codecs.set(codec.schemaId, codec);
    const drift = guard.see(codec);
    if (drift !== null) emit({ name: "schema:drift:found", topic, drift });
    return codec;
  }

  function codecNow(schemaId: string): PayloadCodec | undefined {
    const known = deps.codecNow(schemaId);
    return known === undefined ? undefined : learn(known);
  }

  return {
    now(event) {
      const codec = codecs.get(event.schemaId) ?? codecNow(event.schemaId);
      return codec === undefined ? undefined : readEvent(event, codec);
    },
    async later(event) {
      try {
        const codec = await waitForCodec(event.schemaId, { topic, ...deps }, signal);
        return readEvent(event, codecs.has(codec.schemaId) ? codec : learn(codec));
      } catch (error) {
        signal.throwIfAborted();
        return undecodable(event, error);
      }
    },
    onUndecodable({ id, schemaId, error }) {
      emit({ name: "subscription:event:undecodable", topic, eventId: id, schemaId, error });
    },
  };
}
