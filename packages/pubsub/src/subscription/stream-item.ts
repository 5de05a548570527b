import type { PubSubError } from "../pubsub-error.ts";

/**
 * Where a subscription starts.
 * - `earliest`  the oldest event that is retained (72 h).
 * - `latest`    events published from now on. Without an anchor: what is published while the stream is down before
 *               the first item was yielded is missed.
 * - `after`     strictly after the event with this replay id: the exact bytes, of whatever length.
 */
export type StartPosition =
  | { readonly kind: "earliest" }
  | { readonly kind: "latest" }
  | { readonly kind: "after"; readonly replayId: Uint8Array };

type Envelope = {
  /** Chosen by the publisher or by Salesforce: no UUID for certain, and not unique for certain. */
  readonly id: string;
  readonly replayId: Uint8Array;
  readonly schemaId: string;
  /** The payload as it came. */
  readonly raw: Uint8Array;
};

export type ReceivedEvent =
  | (Envelope & {
      readonly kind: "event";
      /** By field name. Unions are their plain value or null; longs numbers, or bigints beyond 2^53. */
      readonly payload: Record<string, unknown>;
    })
  | (Envelope & {
      /** The bytes fit no usable schema, and never will: `schema_unknown`, `schema_unusable`, `payload_undecodable`. */
      readonly kind: "undecodable";
      readonly error: PubSubError;
    });

export type StreamItem =
  | {
      readonly kind: "batch";
      /** In the order of the bus. None: a keepalive, which moves the position on while the topic is quiet. */
      readonly events: readonly ReceivedEvent[];
      /** What to store once these events are committed. Opaque: compare for equality only. */
      readonly position: Uint8Array;
      readonly receivedAtMs: number;
    }
  | {
      /** Events may be missing between what was committed last and what comes next. */
      readonly kind: "discontinuity";
      /** The position that the server refused. */
      readonly rejected: Uint8Array;
      readonly restartedAt: "earliest";
      readonly error: PubSubError;
    };

export type SubscribeOptions = {
  readonly position: StartPosition;
  /**
   * How many events may be on their way to the consumer or in its hands at once: an item is in its hands until it asks
   * for the next. Asked whenever credit could be raised and
   * twice a second; fractions are cut, and what is above 100 counts as 100. At 0 the stream pauses: one standing
   * credit, renewed 30 s after it is used up, keeps it alive.
   */
  readonly capacity: () => number;
  /** Ends the iteration, promptly and without an error. */
  readonly signal: AbortSignal;
};
