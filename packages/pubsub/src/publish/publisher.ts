import type { TokenSource } from "../auth/session.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import { untilAborted } from "../single-flight.ts";
import type { Connection } from "../wire/connection.ts";
import type { ProducerEvent } from "../wire/publish.ts";
import { withSession } from "../with-session.ts";
import { encodeEvents } from "./encode-events.ts";
import { publishBatch, sendInTurn } from "./publish-batch.ts";
import { isRefusal } from "./publish-result.ts";
import type { EventToPublish, PublishResult, RequestOutcome } from "./publish-result.ts";
import { PublishStreamCall } from "./publish-stream.ts";
import type { PublishStreamDeps } from "./publish-stream.ts";
import { TopicSchemas } from "./topic-schemas.ts";

export type PublishOptions = {
  /** The schema to write with; default the topic's current one. Needed for a channel of several kinds of events. */
  readonly schemaId?: string;
  /** Gives up: what was sent and is not answered by then is `failed`, with `mayBePublished`. */
  readonly signal?: AbortSignal;
};

export type PublishStream = {
  /**
   * As the client's `publishBatch`. Calls may overlap and keep their order; one that failed does not hold back those
   * that were made before its result was known.
   *
   * @throws {PubSubError} as `publish`; `client_closed` after `close`.
   */
  publishBatch(events: readonly EventToPublish[]): Promise<readonly PublishResult[]>;
  /** Waits for the answers that are out, and ends the stream. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type PublisherDeps = PublishStreamDeps & {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly currentSchemaId: (topic: string, signal: AbortSignal) => Promise<string | null>;
  readonly codec: (schemaId: string, signal: AbortSignal) => Promise<PayloadCodec>;
};

export type Publisher = {
  publishBatch(
    topic: string,
    events: readonly EventToPublish[],
    schemaId: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly PublishResult[]>;
  openStream(topic: string, schemaId: string | undefined, signal: AbortSignal): PublishStream;
};

/** Everything that publishes; schemas are looked up once and kept for a while. */
export function createPublisher(deps: PublisherDeps): Publisher {
  const { connection, auth, timing } = deps;
  const schemas = new TopicSchemas(deps.currentSchemaId, timing.clock);

  async function encode(
    topic: string,
    events: readonly EventToPublish[],
    given: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ProducerEvent[]> {
    const encodeWith = async (id: string): Promise<readonly ProducerEvent[]> => {
      const codec = await untilAborted(deps.codec(id, signal), signal);
      const { userId } = await untilAborted(auth.get(signal), signal);
      return encodeEvents(events, { id, codec }, { atMs: timing.clock(), userId });
    };
    if (given !== undefined) return encodeWith(given);
    const current = await schemas.current(topic, signal);
    try {
      return await encodeWith(current);
    } catch (error) {
      if (!(error instanceof PubSubError) || error.code !== "payload_invalid") throw error;
      // A field that the event got a minute ago is none of the schema that is remembered.
      const newest = await schemas.newest(topic, signal);
      if (newest === current) throw error;
      return encodeWith(newest);
    }
  }

  async function sendUnary(
    topic: string,
    events: readonly ProducerEvent[],
    signal: AbortSignal,
  ): Promise<RequestOutcome> {
    let isOut = false;
    try {
      const answer = await withSession(auth, signal, async (session) => {
        signal.throwIfAborted();
        isOut = true;
        return connection
          .ask("Publish", { topicName: topic, events }, topic, session, signal)
          .catch((reason: unknown) => {
            isOut = !(reason instanceof PubSubError && isRefusal(reason));
            throw reason;
          });
      });
      return { kind: "answered", answer };
    } catch (reason) {
      const error = signal.aborted ? abortedError(topic, reason) : PubSubError.from(reason, topic);
      return { kind: "failed", error, mayBePublished: isOut };
    }
  }

  function openStream(topic: string, schemaId: string | undefined, given: AbortSignal): PublishStream {
    const closing = new AbortController();
    const signal = AbortSignal.any([given, closing.signal]);
    const call = new PublishStreamCall(topic, deps, signal);
    const running = new Set<Promise<unknown>>();
    let isClosed = false;
    /** When what was given before is on its way: it may still wait for its schema. */
    let sentBefore: Promise<unknown> = Promise.resolve();

    async function run(events: readonly EventToPublish[]): Promise<readonly PublishResult[]> {
      const encoding = encode(topic, events, schemaId, signal);
      // Both are waited for, so that neither is ever a rejection that nobody handles.
      const sending = Promise.allSettled([sentBefore, encoding]).then(async () => {
        const encoded = await encoding;
        // Wrapped, since it is sent now and answered later.
        return { results: publishBatch(topic, encoded, (requests) => Promise.all(requests.map(sendOne))) };
      });
      sentBefore = sending;
      return (await sending).results;
    }

    function sendOne(request: readonly ProducerEvent[]): Promise<RequestOutcome> {
      return call.send(request);
    }

    async function close(): Promise<void> {
      isClosed = true;
      await Promise.allSettled(running);
      await call.close();
      closing.abort();
    }

    return {
      async publishBatch(events) {
        if (isClosed || signal.aborted) {
          throw new PubSubError("client_closed", topic, "the publish stream was closed. Open another one.");
        }
        if (events.length === 0) return [];
        const results = run(events);
        running.add(results);
        try {
          return await results;
        } finally {
          running.delete(results);
        }
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  return {
    async publishBatch(topic, events, schemaId, signal) {
      if (events.length === 0) return [];
      const encoded = await encode(topic, events, schemaId, signal);
      return publishBatch(topic, encoded, (requests) =>
        sendInTurn(requests, (request) => sendUnary(topic, request, signal)),
      );
    },
    openStream,
  };
}

function abortedError(topic: string, reason: unknown): PubSubError {
  const detail = "publishing was given up, by its signal or by closing the client.";
  return new PubSubError("client_closed", topic, detail, { cause: reason });
}
