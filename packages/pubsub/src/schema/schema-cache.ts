import { PubSubError } from "../pubsub-error.ts";
import { singleFlight } from "../single-flight.ts";
import type { SingleFlight } from "../single-flight.ts";
import type { SchemaAnswer } from "../wire/schema.ts";
import { createPayloadCodec } from "./payload-codec.ts";
import type { PayloadCodec } from "./payload-codec.ts";
import type { DecodeOptions } from "./payload-reader.ts";

/** Fetches one schema; fails with a `PubSubError`. */
export type FetchSchema = (schemaId: string, signal: AbortSignal) => Promise<SchemaAnswer>;

/**
 * Codecs by schema id: fetched once, kept for good, because a schema id stands for one schema for ever. Without a
 * limit, since a topic gets another id only when somebody changes the fields of its event.
 */
export class SchemaCache {
  readonly #fetch: FetchSchema;
  readonly #options: DecodeOptions;
  readonly #known = new Map<string, PayloadCodec | PubSubError>();
  readonly #fetching = new Map<string, SingleFlight<PayloadCodec>>();

  constructor(fetch: FetchSchema, options: DecodeOptions = {}) {
    this.#fetch = fetch;
    this.#options = options;
  }

  /** The codec when it is there already, so that a caller waits only when there is something to wait for. */
  codecNow(schemaId: string): PayloadCodec | undefined {
    const known = this.#known.get(schemaId);
    return known instanceof PubSubError ? undefined : known;
  }

  /**
   * @throws {PubSubError} `schema_unusable`, remembered; `schema_unknown`; or why the fetch failed, to be tried again.
   */
  async codec(schemaId: string, signal: AbortSignal): Promise<PayloadCodec> {
    const known = this.#known.get(schemaId);
    if (known instanceof PubSubError) throw known;
    if (known !== undefined) return known;
    if (schemaId === "") {
      throw new PubSubError("schema_unknown", "schema", "the event names no schema.");
    }
    const fetching = this.#fetching.get(schemaId) ?? singleFlight((stop) => this.#learn(schemaId, stop));
    this.#fetching.set(schemaId, fetching);
    try {
      return await fetching(signal);
    } finally {
      if (this.#known.has(schemaId)) this.#fetching.delete(schemaId);
    }
  }

  async #learn(schemaId: string, signal: AbortSignal): Promise<PayloadCodec> {
    const { schemaJson } = await this.#fetch(schemaId, signal);
    try {
      const codec = createPayloadCodec(schemaId, schemaJson, this.#options);
      this.#known.set(schemaId, codec);
      return codec;
    } catch (error) {
      const failure = PubSubError.from(error, `schema ${schemaId}`);
      this.#known.set(schemaId, failure);
      throw failure;
    }
  }
}
