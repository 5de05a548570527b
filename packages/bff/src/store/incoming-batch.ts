import type { JsonObject } from "../orders/json.ts";
import type { ProvisionRequest } from "../orders/provision-request.ts";

/** How an event reached the store: from the stream, or once more or for the first time in another way. */
export type EventSource = "stream" | "replay" | "sweep" | "quarantine";

/** What an event has that came over the bus, whatever is in it. */
export type BusEnvelope = {
  readonly eventId: string;
  readonly replayId: Uint8Array;
  readonly schemaId: string;
  /** The Avro bytes as they came. */
  readonly raw: Uint8Array;
};

/** What the sweep makes of an order whose event it did not find: no bytes, and no place on the bus. */
export type SweptEnvelope = {
  /** `sweep-<request key>` */
  readonly eventId: string;
  readonly replayId: null;
  readonly schemaId: null;
  readonly raw: null;
};

/** An event that says what it wants. */
export type RequestEvent = (BusEnvelope | SweptEnvelope) & {
  readonly kind: "request";
  readonly payload: JsonObject;
  readonly request: ProvisionRequest;
};

/** An event that must not be started; a person decides about it. */
export type RejectedEvent = BusEnvelope & {
  readonly kind: "rejected";
  readonly reason: "undecodable" | "invalid" | "wrong_org";
  /** What is wrong with it, in an operator's words. */
  readonly detail: string;
  /** As it was decoded; left out when it could not be, or cannot be stored. */
  readonly payload?: JsonObject;
};

export type IncomingEvent = RequestEvent | RejectedEvent;

/** Events in the bus's order, and the position to go on from once they are stored. */
export type IncomingBatch = {
  readonly orgId: string;
  readonly topic: string;
  readonly source: EventSource;
  /** The epoch of the subscriber; it counts only together with a position. */
  readonly epoch: number;
  readonly events: readonly IncomingEvent[];
  /** Null for what comes from outside the stream: then neither cursor nor epoch is looked at. */
  readonly position: Uint8Array | null;
  /** When the first of them came in, by the deployment's clock. ISO 8601. */
  readonly receivedAt: string;
};
