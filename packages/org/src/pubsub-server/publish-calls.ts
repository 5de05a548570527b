import type { OrgCore } from "../org-core.ts";
import type { OrgLog } from "../log/org-log.ts";
import type { PubSubKnobs } from "../pubsub-knobs.ts";
import { requireRight } from "./event-rights.ts";
import { publishEvents } from "./publish-events.ts";
import { RpcFailure } from "./rpc-failure.ts";
import { topicNotFound } from "./subscription.ts";
import type { PublishRequest, PublishResponse } from "./wire-types.ts";

export type PublishDeps = {
  readonly core: OrgCore;
  readonly log: OrgLog;
  readonly knobs: Pick<PubSubKnobs, "denied">;
};

/** Answers a PublishRequest of Publish or PublishStream. @throws {RpcFailure} */
export function answerPublish(
  { core, log, knobs }: PublishDeps,
  caller: { readonly rpcId: string; readonly userId: string },
  request: PublishRequest,
): PublishResponse {
  const { topicName, events } = request;
  if (topicName === "") throw new RpcFailure("publish.topic.validation.empty", "The topic name is empty.");
  const topic = core.bus.topic(topicName);
  if (topic === undefined) throw topicNotFound(topicName, core.orgId);
  requireRight(knobs.denied, caller.userId, topicName, "publish");
  if (topic.schemaId === "") {
    // Nobody saw what the service says here: a channel has no event of its own to publish.
    throw new RpcFailure("topic.not.found", `${topicName} is a channel; publish to the topic of its event.`);
  }
  if (events.length === 0) {
    throw new RpcFailure("publish.event.count.invalid", "A publish request needs at least one event.");
  }
  const results = publishEvents(core.bus, topic, events, core.allocations.publishes);
  for (const result of results) {
    if (!("error" in result)) continue;
    log.add("event:refused", { topic: topicName, rpcId: caller.rpcId, reason: result.error.msg });
  }
  return { results, schemaId: topic.schemaId, rpcId: caller.rpcId };
}
