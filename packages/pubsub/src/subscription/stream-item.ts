import type { PubSubError } from "../pubsub-error.ts";

/**
 * Where a subscription starts.
 * - `earliest`  the oldest event that is retained (72 h).
 * - `latest`    events published from now on. Without an anchor: what is published while the stream is down before
 *               the first item was yielded is missed, and told as a discontinuity.
 * - `after`     strictly after the event with this replay id: the exact bytes, of whatever length.
 */
export type StartPosition =
  | { readonly kind: "earliest" }
  | { readonly kind: "latest" }
  | { readonly kind: "after"; readonly replayId: Uint8Array };

/** An event whose payload nobody has looked at yet. */
export type EventAsItCame = {
  /** Chosen by the publisher or by Salesforce: no UUID for certain, and not unique for certain. */
  readonly id: string;
  readonly replayId: Uint8Array;
  readonly schemaId: string;
  /** The payload as it came; a window on the whole response, so copy what is kept for long. */
  readonly raw: Uint8Array;
};

export type ReceivedEvent =
  | (EventAsItCame & {
      readonly kind: "event";
      /** By field name. Unions are their plain value or null; longs and dates as the client's options say. */
      readonly payload: Record<string, unknown>;
    })
  | (EventAsItCame & {
      /** The bytes fit no usable schema, and never will: `schema_unknown`, `schema_unusable`, `payload_undecodable`. */
      readonly kind: "undecodable";
      readonly error: PubSubError;
    });

export type StreamItem =
  | {
      readonly kind: "batch";
      /** In the order of the bus. None: a keepalive, which moves the position on while the topic is quiet. */
      readonly events: readonly ReceivedEvent[];
      /** What is safe to store once these events are committed. Opaque: compare for equality only. */
      readonly position: Uint8Array;
      /** When the first of them came in, by the client's clock. */
      readonly receivedAtMs: number;
    }
  | {
      /** Events may be missing between what was committed last and what comes next. */
      readonly kind: "discontinuity";
      /** The position that the server refused; null when a start at `latest` lost its stream before it had one. */
      readonly rejected: Uint8Array | null;
      readonly restartedAt: "earliest" | "latest";
      readonly error: PubSubError;
    };

/** A number, something that holds the number as it is now, or a function that tells it. */
export type Capacity = number | { readonly value: number } | (() => number);

export type SubscribeOptions = {
  /** Default `earliest`, since nothing is lost by it. */
  readonly position?: StartPosition;
  /**
   * How many events may be on their way to the consumer or in its hands at once: an item is in its hands until it asks
   * for the next. Default 100. Read whenever credit could be raised and twice a second; fractions are cut. At most 100
   * are ever asked for at once, so that more than 100 means: the next hundred may travel while the consumer works.
   *
   * At 0 the stream pauses: one standing credit, renewed 30 s after it is used up, keeps it alive. When the pause
   * lasts and events keep coming, the stream is closed, and opened again at the same place once there is room.
   */
  readonly capacity?: Capacity;
  /** What to do when the service refuses the position. Default `earliest`. `throw` ends the iteration with the error. */
  readonly whenPositionRejected?: "earliest" | "latest" | "throw";
  /** The schema that the consumer was written for, as Avro JSON; drift is reported against it. Default the first seen. */
  readonly expects?: string;
  /** Ends the iteration, promptly and without an error. */
  readonly signal?: AbortSignal;
};
