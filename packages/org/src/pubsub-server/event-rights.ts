import type { EventDenial } from "../pubsub-knobs.ts";
import { RpcFailure } from "./rpc-failure.ts";

/** Whether the user may do this with the topic. Who may not see it may do nothing with it. */
export function hasRight(
  denied: readonly EventDenial[],
  userId: string,
  topic: string,
  right: EventDenial["right"],
): boolean {
  return !denied.some(
    (denial) =>
      denial.topic === topic &&
      (denial.userId ?? userId) === userId &&
      (denial.right === "see" || denial.right === right),
  );
}

/**
 * @throws {RpcFailure} topic.meta.permission, or subscription.topic.cannot.subscribe for an event that may be seen.
 */
export function requireRight(
  denied: readonly EventDenial[],
  userId: string,
  topic: string,
  right: EventDenial["right"],
): void {
  if (hasRight(denied, userId, topic, right)) return;
  if (right === "subscribe" && hasRight(denied, userId, topic, "see")) {
    throw new RpcFailure(
      "subscription.topic.cannot.subscribe",
      `The user needs the permission Read on the event of ${topic}.`,
    );
  }
  throw new RpcFailure("topic.meta.permission", `The user has no access to ${topic}.`);
}
