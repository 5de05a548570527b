import type { ManagedSubscriptions } from "../bus/managed-subscriptions.ts";
import type { EventBus } from "../org-core.ts";
import type { Told } from "./event-delivery.ts";
import type { CommitReplayRequest, CommitReplayResponse } from "./wire-types.ts";

/** Where a commit arrives. */
export type CommitPlace = {
  readonly bus: EventBus;
  readonly subscriptions: ManagedSubscriptions;
  /** The id of the managed subscription. */
  readonly id: string;
  /** The newest position that the client was told on this stream. */
  readonly told: Told;
  readonly nowMs: number;
};

/**
 * Keeps the position that a client committed, byte for byte. What is wrong with it is told in the answer and does not
 * end the stream (reference `pubsub-api.md`, 5.3).
 */
export function commitPosition(request: CommitReplayRequest, place: CommitPlace): CommitReplayResponse {
  const { commitRequestId, replayId } = request;
  const problem = findProblem(replayId, place);
  const answer = { commitRequestId, replayId, processTime: String(place.nowMs) };
  if (problem !== null) return { ...answer, error: { code: "COMMIT", msg: problem } };
  place.subscriptions.commit(place.id, replayId);
  return answer;
}

function findProblem(replayId: Uint8Array, { bus, subscriptions, id, told }: CommitPlace): string | null {
  if (replayId.length === 0) return "The commit has no replay id.";
  const subscription = subscriptions.get(id);
  if (subscription === undefined) return "The managed subscription was deleted.";
  const positionOf = (bytes: Uint8Array): number | null => {
    const resolved = bus.resolve(subscription.topicName, bytes);
    return resolved.kind === "at" ? resolved.position : null;
  };
  const position = positionOf(replayId);
  if (position === null) return "The replay id is invalid or expired.";
  if (position > told.position) return "The replay id was not delivered yet.";
  const committed = subscription.committed === null ? null : positionOf(subscription.committed);
  return committed !== null && position < committed ? "The replay id is older than the committed one." : null;
}
