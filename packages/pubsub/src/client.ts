import type { TokenSource } from "./auth/session.ts";
import type { ClientEvent } from "./client-event.ts";
import { publishEvents } from "./publish/publish-events.ts";
import type { PublishResult } from "./publish/publish-events.ts";
import { PubSubError } from "./pubsub-error.ts";
import { SchemaCache } from "./schema/schema-cache.ts";
import { untilAborted } from "./single-flight.ts";
import { runSubscription } from "./subscription/run-subscription.ts";
import type { StreamItem, SubscribeOptions } from "./subscription/stream-item.ts";
import type { Timing } from "./system-defaults.ts";
import { Connection } from "./wire/connection.ts";
import { parseEndpoint } from "./wire/endpoint.ts";
import { withSession } from "./with-session.ts";

/** The contract promises a keepalive every 270 s; the rest is margin. */
const DEFAULT_WATCHDOG_MS = 330_000;

export type PubSubClientOptions = Timing & {
  /** `host:port`, as in `api.pubsub.salesforce.com:443`; `http://127.0.0.1:port` for a test server without TLS. */
  readonly endpoint: string;
  readonly auth: TokenSource;
  /** Authorities to trust instead of the system's, as PEM. */
  readonly ca?: Buffer | string;
  /** How long a stream with open credit may be silent. Default 330,000. */
  readonly watchdogMs?: number;
  /** For logs and metrics. What it throws is ignored. */
  readonly onEvent?: (event: ClientEvent) => void;
};

export type TopicInfo = {
  readonly topic: string;
  /** What the session's user may do. */
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  /** The current schema, for publishing; null for a channel that carries several kinds of events. */
  readonly schemaId: string | null;
};

export type SchemaInfo = { readonly schemaId: string; readonly schemaJson: string };

export type PubSubClient = {
  /**
   * Reads a topic until the signal aborts; iterate it once, with one consumer. Never throws and never ends by itself:
   * problems are told to `onEvent` and tried again.
   */
  subscribe(topic: string, options: SubscribeOptions): AsyncIterable<StreamItem>;
  /** @throws {PubSubError} as the call fails, such as `topic_not_found`. */
  getTopic(topic: string, signal?: AbortSignal): Promise<TopicInfo>;
  /** @throws {PubSubError} as the call fails, such as `schema_unknown`. */
  getSchema(schemaId: string, signal?: AbortSignal): Promise<SchemaInfo>;
  /**
   * Publishes records, CreatedDate and CreatedById included, with the given schema or the topic's current one. Results
   * stand in the order of the records.
   *
   * @throws {PubSubError} `payload_invalid` before anything is sent, or as a call fails; then some may be published.
   */
  publish(
    topic: string,
    payloads: readonly Readonly<Record<string, unknown>>[],
    schemaId?: string,
    signal?: AbortSignal,
  ): Promise<readonly PublishResult[]>;
  /** Ends every subscription and call; safe to repeat. */
  close(): void;
};

/**
 * A client for one org. Nothing is dialled before the first call.
 *
 * @throws {PubSubError} `config_invalid` for an endpoint that is none.
 */
export function createPubSubClient(options: PubSubClientOptions): PubSubClient {
  const { auth } = options;
  const timing: Timing = {
    clock: () => options.clock(),
    random: () => options.random(),
    sleep: (delayMs, signal) => options.sleep(delayMs, signal),
  };
  const endpoint = parseEndpoint(options.endpoint);
  const ca = options.ca === undefined ? undefined : Buffer.from(options.ca);
  const connection = new Connection({ endpoint, ca });
  const closing = new AbortController();
  const schemas = new SchemaCache((schemaId, signal) =>
    withSession(auth, signal, (session) =>
      connection.ask("GetSchema", { schemaId }, `schema ${schemaId}`, session, signal),
    ),
  );

  function untilClosed(signal: AbortSignal | undefined): AbortSignal {
    if (closing.signal.aborted) {
      throw new PubSubError("client_closed", options.endpoint, "the client was closed. Create another one.");
    }
    return signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  }

  async function getTopic(topic: string, given?: AbortSignal): Promise<TopicInfo> {
    const signal = untilClosed(given);
    const answer = await withSession(auth, signal, (session) =>
      connection.ask("GetTopic", { topicName: topic }, topic, session, signal),
    );
    const { canPublish, canSubscribe, schemaId } = answer;
    return { topic, canPublish, canSubscribe, schemaId: schemaId === "" ? null : schemaId };
  }

  return {
    subscribe(topic, given) {
      const signal = untilClosed(given.signal);
      return runSubscription(
        topic,
        { ...given, signal },
        {
          connection,
          auth,
          timing,
          watchdogMs: options.watchdogMs ?? DEFAULT_WATCHDOG_MS,
          fetchCodec: (schemaId, until) => schemas.codec(schemaId, until),
          onEvent: (event) => {
            notify(options.onEvent, event);
          },
        },
      );
    },
    getTopic,
    async getSchema(schemaId, given) {
      const signal = untilClosed(given);
      const answer = await withSession(auth, signal, (session) =>
        connection.ask("GetSchema", { schemaId }, `schema ${schemaId}`, session, signal),
      );
      return { schemaId, schemaJson: answer.schemaJson };
    },
    async publish(topic, payloads, givenSchemaId, given) {
      const signal = untilClosed(given);
      if (payloads.length === 0) return [];
      const schemaId = givenSchemaId ?? (await getTopic(topic, signal)).schemaId;
      if (schemaId === null) {
        const detail = "the topic carries several kinds of events: name the schema to publish with.";
        throw new PubSubError("request_rejected", topic, detail);
      }
      const codec = await untilAborted(schemas.codec(schemaId, signal), signal);
      return publishEvents(schemaId, codec, payloads, (events) =>
        withSession(auth, signal, (session) =>
          connection.ask("Publish", { topicName: topic, events }, topic, session, signal),
        ),
      );
    },
    close() {
      closing.abort();
      connection.close();
    },
  };
}

function notify(onEvent: ((event: ClientEvent) => void) | undefined, event: ClientEvent): void {
  try {
    onEvent?.(event);
  } catch {
    // A listener is no part of the subscription and must not end it.
  }
}
