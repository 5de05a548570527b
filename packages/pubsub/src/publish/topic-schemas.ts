import { PubSubError } from "../pubsub-error.ts";
import { singleFlight } from "../single-flight.ts";
import type { SingleFlight } from "../single-flight.ts";

/** A topic's current schema is asked for anew after this long; until then an older one is taken by the service. */
const FRESH_MS = 600_000;

/** When a record does not fit, a newer schema may have its field; a caller with wrong records must not ask each time. */
const DOUBTED_MS = 10_000;

type Topic = {
  readonly ask: SingleFlight<string>;
  known: { readonly schemaId: string; readonly askedAtMs: number } | undefined;
};

/** Which schema each topic is published with: asked once for however many wait, and remembered for a while. */
export class TopicSchemas {
  readonly #fetchId: (topic: string, signal: AbortSignal) => Promise<string | null>;
  readonly #clock: () => number;
  readonly #topics = new Map<string, Topic>();

  constructor(fetchId: (topic: string, signal: AbortSignal) => Promise<string | null>, clock: () => number) {
    this.#fetchId = fetchId;
    this.#clock = clock;
  }

  /** @throws {PubSubError} `request_rejected` for a channel without a schema of its own, or as the call fails. */
  async current(topic: string, signal: AbortSignal): Promise<string> {
    return this.#within(FRESH_MS, topic, signal);
  }

  /** As `current`, when what is remembered was of no use. */
  async newest(topic: string, signal: AbortSignal): Promise<string> {
    return this.#within(DOUBTED_MS, topic, signal);
  }

  async #within(ageMs: number, name: string, signal: AbortSignal): Promise<string> {
    const { known, ask } = this.#topicOf(name);
    return known !== undefined && this.#clock() - known.askedAtMs < ageMs ? known.schemaId : ask(signal);
  }

  #topicOf(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const topic: Topic = {
      known: undefined,
      ask: singleFlight(async (signal) => {
        const schemaId = await this.#fetchId(name, signal);
        if (schemaId === null) {
          const detail = "the topic carries several kinds of events: name the schema to publish with.";
          throw new PubSubError("request_rejected", name, detail);
        }
        topic.known = { schemaId, askedAtMs: this.#clock() };
        return schemaId;
      }),
    };
    this.#topics.set(name, topic);
    return topic;
  }
}
