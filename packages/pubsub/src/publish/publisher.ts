import type { TokenSource } from "../auth/session.ts";
import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import { untilAborted } from "../single-flight.ts";
import type { Timing } from "../system-defaults.ts";
import type { Connection } from "../wire/connection.ts";
import type { ProducerEvent } from "../wire/publish.ts";
import { withSession } from "../with-session.ts";
import { encodeEvents } from "./encode-events.ts";
import { publishBatch } from "./publish-batch.ts";
import type { SendRequest } from "./publish-batch.ts";
import type { EventToPublish, PublishResult } from "./publish-result.ts";
import { PublishStreamCall } from "./publish-stream.ts";

/** A topic's current schema is asked for anew after this long; until then an older one is taken by the service. */
const SCHEMA_FRESH_MS = 600_000;

export type PublishOptions = {
  /** The schema to write with; default the topic's current one. Needed for a channel of several kinds of events. */
  readonly schemaId?: string;
  readonly signal?: AbortSignal;
};

export type PublishStream = {
  /** As the client's `publishBatch`; calls may overlap, and keep their order. */
  publishBatch(events: readonly EventToPublish[]): Promise<readonly PublishResult[]>;
  /** Waits for the answers that are out, and ends the stream. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type PublisherDeps = {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly timing: Timing;
  readonly emit: (event: ClientEvent) => void;
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
  const schemaIds = new Map<string, { readonly id: string; readonly askedAtMs: number }>();

  async function currentSchemaId(topic: string, signal: AbortSignal): Promise<string> {
    const known = schemaIds.get(topic);
    if (known !== undefined && timing.clock() - known.askedAtMs < SCHEMA_FRESH_MS) return known.id;
    const id = await deps.currentSchemaId(topic, signal);
    if (id === null) {
      const detail = "the topic carries several kinds of events: name the schema to publish with.";
      throw new PubSubError("request_rejected", topic, detail);
    }
    schemaIds.set(topic, { id, askedAtMs: timing.clock() });
    return id;
  }

  async function encode(
    topic: string,
    events: readonly EventToPublish[],
    schemaId: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ProducerEvent[]> {
    const id = schemaId ?? (await currentSchemaId(topic, signal));
    const codec = await untilAborted(deps.codec(id, signal), signal);
    const { userId } = await untilAborted(auth.get(signal), signal);
    return encodeEvents(events, { id, codec }, { atMs: timing.clock(), userId });
  }

  return {
    async publishBatch(topic, events, schemaId, signal) {
      if (events.length === 0) return [];
      const encoded = await encode(topic, events, schemaId, signal);
      const send: SendRequest = (request) =>
        withSession(auth, signal, (session) =>
          connection.ask("Publish", { topicName: topic, events: request }, topic, session, signal),
        );
      return publishBatch(topic, encoded, send, (reason) => PubSubError.from(reason, topic));
    },
    openStream(topic, schemaId, given) {
      const closing = new AbortController();
      const signal = AbortSignal.any([given, closing.signal]);
      const call = new PublishStreamCall(topic, deps, signal);
      /** The call before in order of the events' coming, whose schema may still be on its way. */
      let before: Promise<unknown> = Promise.resolve();
      const close = async (): Promise<void> => {
        await before.catch(() => undefined);
        await call.close();
        closing.abort();
      };
      return {
        publishBatch(events) {
          const encoded = encode(topic, events, schemaId, signal);
          const turn = Promise.allSettled([before, encoded]);
          before = turn;
          return turn.then(async () =>
            publishBatch(
              topic,
              await encoded,
              (request) => sendOnce(call, request),
              (reason) => PubSubError.from(reason, topic),
            ),
          );
        },
        close,
        [Symbol.asyncDispose]: close,
      };
    },
  };
}

/** A request that was refused for its session had no effect: the next stream has a new one. */
async function sendOnce(call: PublishStreamCall, request: readonly ProducerEvent[]) {
  try {
    return await call.send(request);
  } catch (error) {
    if (!(error instanceof PubSubError) || error.code !== "session_rejected") throw error;
    return call.send(request);
  }
}
