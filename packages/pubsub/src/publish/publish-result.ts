import { PubSubError } from "../pubsub-error.ts";
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

/** Results in the order of the events. An answer that does not fit them leaves all of them in doubt. */
export function toResults(
  events: readonly ProducerEvent[],
  answer: PublishAnswer,
  topic: string,
): readonly PublishResult[] {
  if (answer.results.length !== events.length) {
    const detail = `Publish answered ${answer.results.length} results for ${events.length} events.`;
    const error = new PubSubError("unexpected", topic, detail, { rpcId: answer.rpcId });
    return events.map(({ id }) => ({ kind: "failed", id, mayBePublished: true, error }));
  }
  return answer.results.map(({ error, replayId }, index) => {
    const id = events[index]?.id ?? "";
    if (error !== null) return { kind: "refused", id, message: error };
    return { kind: "published", id, replayId };
  });
}

/** Results of a request that got no answer. */
export function toFailures(events: readonly ProducerEvent[], error: PubSubError): readonly PublishResult[] {
  const mayBePublished = isInDoubt(error);
  return events.map(({ id }) => ({ kind: "failed", id, mayBePublished, error }));
}

/** The service says no before it publishes anything; a lost connection or an internal error says nothing. */
function isInDoubt({ serviceCode, reaction, code }: PubSubError): boolean {
  if (code === "unexpected" || code === "unknown_service_code") return true;
  return reaction === "retry" ? serviceCode !== "topic.api.unavailable" : reaction === "restart";
}
