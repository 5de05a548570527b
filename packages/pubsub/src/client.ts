import { ClientEventHub } from "./client-events.ts";
import type { ClientEventName, StopListening } from "./client-events.ts";
import type { ClientEvents } from "./client-event.ts";
import { DEFAULT_ENDPOINT, readWatchdogMs, timingOf } from "./client-options.ts";
import type { PubSubClientOptions } from "./client-options.ts";
import { openNetwork } from "./network/network-options.ts";
import { resolveProxy } from "./network/resolve-proxy.ts";
import { createPublisher } from "./publish/publisher.ts";
import type { PublishOptions, PublishStream } from "./publish/publisher.ts";
import type { EventToPublish, PublishResult } from "./publish/publish-result.ts";
import { PubSubError, isFinalAboutSchemas } from "./pubsub-error.ts";
import { SchemaCache } from "./schema/schema-cache.ts";
import { guardSessions } from "./session-guard.ts";
import { readEvent, undecodable } from "./subscription/read-event.ts";
import { RetryBell } from "./subscription/retry-bell.ts";
import { runSubscription } from "./subscription/run-subscription.ts";
import type {
  EventAsItCame,
  ReceivedEvent,
  StreamItem,
  SubscribeOptions,
} from "./subscription/stream-item.ts";
import { Connection } from "./wire/connection.ts";
import { parseEndpoint } from "./wire/endpoint.ts";
import { withSession } from "./with-session.ts";

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
   * Reads a topic until the signal aborts; iterate it once, with one consumer. Never ends by itself: problems are told
   * as events of the client and tried again.
   *
   * @throws {PubSubError} `position_rejected`, and only when `whenPositionRejected` is `throw`.
   */
  subscribe(topic: string, options?: SubscribeOptions): AsyncIterable<StreamItem>;
  /** @throws {PubSubError} as the call fails, such as `topic_not_found`. */
  getTopic(topic: string, signal?: AbortSignal): Promise<TopicInfo>;
  /** @throws {PubSubError} as the call fails, such as `schema_unknown`. */
  getSchema(schemaId: string, signal?: AbortSignal): Promise<SchemaInfo>;
  /**
   * Decodes an event that was kept as it came, by the schema that it was written with. What will never fit comes back
   * as `undecodable`.
   *
   * @throws {PubSubError} why its schema cannot be had at the moment; try again later.
   */
  decode(event: EventAsItCame, signal?: AbortSignal): Promise<ReceivedEvent>;
  /**
   * Publishes one event. For more than a few use `publishBatch` or a stream: the service limits the number of calls.
   *
   * @throws {PubSubError} `payload_invalid`, or why the topic's schema cannot be had; nothing is published then.
   */
  publish(
    topic: string,
    payload: EventToPublish["payload"],
    options?: PublishOptions & Pick<EventToPublish, "id">,
  ): Promise<PublishResult>;
  /**
   * Publishes events in order, split into requests as the service likes them. Results stand in the order of the
   * events; see `PublishResult` for what may have become of each.
   *
   * @throws {PubSubError} as `publish`.
   */
  publishBatch(
    topic: string,
    events: readonly EventToPublish[],
    options?: PublishOptions,
  ): Promise<readonly PublishResult[]>;
  /** A stream to publish on, for many events at high rates. Nothing is opened before the first event. */
  openPublishStream(topic: string, options?: PublishOptions): PublishStream;
  /** Listens to one kind of event; `onEvent` of the options gets all. */
  on<Name extends ClientEventName>(name: Name, listener: (event: ClientEvents[Name]) => void): StopListening;
  /** Lets every subscription that waits for its next attempt try now, such as after a repair. */
  retryNow(): void;
  /** Ends every subscription and call; safe to repeat. */
  close(): void;
  [Symbol.dispose](): void;
};

/**
 * A client for one org. Nothing is dialled before the first call.
 *
 * @throws {PubSubError} `config_invalid` for an endpoint or a duration that is none.
 */
export function createPubSubClient(options: PubSubClientOptions): PubSubClient {
  const timing = timingOf(options);
  const watchdogMs = readWatchdogMs(options.watchdogMs);
  const endpointText = options.endpoint ?? DEFAULT_ENDPOINT;
  const endpoint = parseEndpoint(endpointText);
  const network = openNetwork({ ca: options.ca, ...options.network }, timing.clock);
  const proxy = resolveProxy(endpoint, network, network.env);
  const hub = new ClientEventHub(options.onEvent);
  const emit = hub.emit.bind(hub);
  const auth = guardSessions(options.auth, options.expectedOrgId, emit);
  const connection = new Connection({ endpoint, secureContext: network.secureContext, proxy, timing });
  const closing = new AbortController();
  const retryBell = new RetryBell();
  const schemas = new SchemaCache(fetchSchema, options.decode);
  const publisher = createPublisher({
    connection,
    auth,
    timing,
    emit,
    codec: (schemaId, signal) => schemas.codec(schemaId, signal),
    currentSchemaId: async (topic, signal) => (await fetchTopic(topic, signal)).schemaId,
  });

  function untilClosed(signal: AbortSignal | undefined): AbortSignal {
    if (closing.signal.aborted) {
      throw new PubSubError("client_closed", endpointText, "the client was closed. Create another one.");
    }
    return signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  }

  function fetchSchema(schemaId: string, signal: AbortSignal) {
    return withSession(auth, signal, (session) =>
      connection.ask("GetSchema", { schemaId }, `schema ${schemaId}`, session, signal),
    );
  }

  async function fetchTopic(topic: string, signal: AbortSignal): Promise<TopicInfo> {
    const answer = await withSession(auth, signal, (session) =>
      connection.ask("GetTopic", { topicName: topic }, topic, session, signal),
    );
    const { canPublish, canSubscribe, schemaId } = answer;
    return { topic, canPublish, canSubscribe, schemaId: schemaId === "" ? null : schemaId };
  }

  function close(): void {
    closing.abort();
    connection.close();
  }

  return {
    subscribe(topic, given = {}) {
      const signal = untilClosed(given.signal);
      return runSubscription(
        topic,
        { ...given, signal },
        {
          connection,
          auth,
          timing,
          watchdogMs,
          retryBell,
          codecNow: (schemaId) => schemas.codecNow(schemaId),
          fetchCodec: (schemaId, until) => schemas.codec(schemaId, until),
          emit,
        },
      );
    },
    getTopic: async (topic, given) => fetchTopic(topic, untilClosed(given)),
    async getSchema(schemaId, given) {
      const { schemaJson } = await fetchSchema(schemaId, untilClosed(given));
      return { schemaId, schemaJson };
    },
    async decode({ id, replayId, schemaId, raw }, given) {
      const event = { id, replayId, schemaId, payload: Buffer.from(raw) };
      try {
        return readEvent(event, await schemas.codec(schemaId, untilClosed(given)));
      } catch (reason) {
        if (!(reason instanceof PubSubError) || !isFinalAboutSchemas(reason.code)) throw reason;
        return undecodable(event, reason);
      }
    },
    async publish(topic, payload, { id, schemaId, signal } = {}) {
      const event = id === undefined ? { payload } : { payload, id };
      const [result] = await publisher.publishBatch(topic, [event], schemaId, untilClosed(signal));
      if (result === undefined) throw new PubSubError("unexpected", topic, "a publish gave no result.");
      return result;
    },
    publishBatch: async (topic, events, { schemaId, signal } = {}) =>
      publisher.publishBatch(topic, events, schemaId, untilClosed(signal)),
    openPublishStream: (topic, { schemaId, signal } = {}) =>
      publisher.openStream(topic, schemaId, untilClosed(signal)),
    on: (name, listener) => hub.on(name, listener),
    retryNow: () => retryBell.ring(),
    close,
    [Symbol.dispose]: close,
  };
}
