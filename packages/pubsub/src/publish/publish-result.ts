import { PubSubError } from "../pubsub-error.ts";
import type { PubSubErrorCode } from "../pubsub-error.ts";
import type { ProducerEvent, PublishAnswer } from "../wire/publish.ts";

/** An event to be published. */
export type EventToPublish = {
  /**
   * By field name; what is left out is null. `CreatedDate` and `CreatedById` are filled in: the time now, and the user
   * of the session.
   */
  readonly payload: Readonly<Record<string, unknown>>;
  /**
   * At most 36 characters; default a random UUID. Subscribers see it as the event's id, so that an event published
   * again under the same id can be told from a new one.
   */
  readonly id?: string;
};

/**
 * What became of one event.
 * - `published`  it is on the bus, at `replayId`.
 * - `refused`    the service, or this client on its behalf, does not take this event; others are not affected.
 * - `failed`     its request failed. `mayBePublished`: nobody knows; publish it again under the same id, and let
 *                subscribers drop what they have seen.
 */
export type PublishResult =
  | { readonly kind: "published"; readonly id: string; readonly replayId: Uint8Array }
  | { readonly kind: "refused"; readonly id: string; readonly message: string }
  | {
      readonly kind: "failed";
      readonly id: string;
      readonly mayBePublished: boolean;
      readonly error: PubSubError;
    };

/** What became of one request. `mayBePublished`: it went out, and nobody said no to it. */
export type RequestOutcome =
  | { readonly kind: "answered"; readonly answer: PublishAnswer }
  | { readonly kind: "failed"; readonly error: PubSubError; readonly mayBePublished: boolean };

/** Results in the order of the events. An answer that does not fit them leaves all of them in doubt. */
export function toResults(
  events: readonly ProducerEvent[],
  outcome: RequestOutcome,
  topic: string,
): readonly PublishResult[] {
  if (outcome.kind === "failed") {
    const { error, mayBePublished } = outcome;
    return events.map(({ id }) => ({ kind: "failed", id, mayBePublished, error }));
  }
  const { results, rpcId } = outcome.answer;
  if (results.length !== events.length) {
    const detail = `Publish answered ${results.length} results for ${events.length} events.`;
    const error = new PubSubError("unexpected", topic, detail, { rpcId });
    return events.map(({ id }) => ({ kind: "failed", id, mayBePublished: true, error }));
  }
  return results.map(({ error, replayId }, index) => {
    const id = events[index]?.id ?? "";
    if (error !== null) return { kind: "refused", id, message: error };
    return { kind: "published", id, replayId };
  });
}

const refusals: ReadonlySet<PubSubErrorCode> = new Set([
  "session_rejected",
  "topic_not_found",
  "permission_denied",
  "request_rejected",
]);

const refusingServiceCodes: ReadonlySet<string> = new Set([
  "topic.api.unavailable",
  "schema.api.unavailable",
  "service.protection.triggered",
  "concurrent.client.limit.exceeded",
]);

/**
 * Whether a failure says no before anything is published. A lost connection, a proxy's answer and an internal error
 * say nothing about what was done.
 */
export function isRefusal({ code, serviceCode }: PubSubError): boolean {
  return refusals.has(code) || (serviceCode !== undefined && refusingServiceCodes.has(serviceCode));
}
