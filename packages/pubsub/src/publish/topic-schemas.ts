import { PubSubError } from "../pubsub-error.ts";
import { singleFlight } from "../single-flight.ts";
import type { SingleFlight } from "../single-flight.ts";

/** A topic's current schema is asked for anew after this long; until then an older one is taken by the service. */
const FRESH_MS = 600_000;

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
    const { known } = this.#topicOf(topic);
    if (known !== undefined && this.#clock() - known.askedAtMs < FRESH_MS) return known.schemaId;
    return this.ask(topic, signal);
  }

  /** As `current`, whatever is remembered. */
  async ask(topic: string, signal: AbortSignal): Promise<string> {
    return this.#topicOf(topic).ask(signal);
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
