import { randomUUID } from "node:crypto";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { authenticateCall } from "./call-auth.ts";
import { hasRight, requireRight } from "./event-rights.ts";
import { OversizeRequest } from "./oversize-request.ts";
import { answerPublish } from "./publish-calls.ts";
import type { PubSubServices } from "./pubsub-services.ts";
import { RpcFailure, toRpcFailure, toServiceError } from "./rpc-failure.ts";
import { proxyFailure } from "./served-stream.ts";
import { topicNotFound } from "./subscription.ts";
import type {
  PublishRequest,
  PublishResponse,
  SchemaInfo,
  SchemaRequest,
  TopicInfo,
  TopicRequest,
} from "./wire-types.ts";

type Caller = { readonly rpcId: string; readonly userId: string };
type UnaryHandler<Request, Response> = (
  call: ServerUnaryCall<Request | OversizeRequest, Response>,
  callback: sendUnaryData<Response>,
) => void;

export type UnaryCalls = {
  readonly GetTopic: UnaryHandler<TopicRequest, TopicInfo>;
  readonly GetSchema: UnaryHandler<SchemaRequest, SchemaInfo>;
  readonly Publish: UnaryHandler<PublishRequest, PublishResponse>;
};

/** The calls with one answer. */
export function createUnaryCalls(services: PubSubServices): UnaryCalls {
  const publishTimes: number[] = [];
  return {
    GetTopic: unary("GetTopic", services, (request: TopicRequest, caller) =>
      getTopic(services, caller, request),
    ),
    GetSchema: unary("GetSchema", services, (request: SchemaRequest, caller) =>
      getSchema(services, caller, request),
    ),
    Publish: unary("Publish", services, (request: PublishRequest, caller) => {
      limitPublishes(services, publishTimes);
      return answerPublish(services, caller, request);
    }),
  };
}

function getTopic({ core, knobs }: PubSubServices, caller: Caller, { topicName }: TopicRequest): TopicInfo {
  if (topicName === "") throw new RpcFailure("topic.validation.empty", "The topic name is empty.");
  const topic = core.bus.topic(topicName);
  if (topic === undefined) throw topicNotFound(topicName, core.orgId);
  requireRight(knobs.denied, caller.userId, topicName, "see");
  return {
    topicName: topic.name,
    tenantGuid: `core/sluice/${core.orgId}`,
    // A channel has no schema of its own and cannot be published to.
    canPublish: topic.schemaId !== "" && hasRight(knobs.denied, caller.userId, topicName, "publish"),
    canSubscribe: hasRight(knobs.denied, caller.userId, topicName, "subscribe"),
    schemaId: topic.schemaId,
    rpcId: caller.rpcId,
  };
}

function getSchema({ core, knobs }: PubSubServices, caller: Caller, { schemaId }: SchemaRequest): SchemaInfo {
  const schemaJson = schemaId === "" ? undefined : core.bus.schemaJson(schemaId);
  if (schemaJson === undefined) {
    throw new RpcFailure("schema.validation.failed", `The schema id "${schemaId}" is blank or unknown.`);
  }
  const topic = core.bus.topics().find((candidate) => candidate.schemaId === schemaId);
  if (topic !== undefined && !hasRight(knobs.denied, caller.userId, topic.name, "see")) {
    throw new RpcFailure("schema.meta.permission", `The user has no access to the schema ${schemaId}.`);
  }
  return { schemaJson, schemaId, rpcId: caller.rpcId };
}

/** How many Publish calls may come in this time. */
const publishWindowMs = 60_000;

function limitPublishes({ knobs, clock }: PubSubServices, times: number[]): void {
  const max = knobs.maxPublishCallsPerMinute;
  if (max === null) return;
  const now = clock.now();
  while (times[0] !== undefined && times[0] <= now - publishWindowMs) times.shift();
  if (times.length >= max) {
    throw new RpcFailure("service.protection.triggered", `More than ${max} publish calls came in a minute.`);
  }
  times.push(now);
}

function unary<Request extends object, Response>(
  rpc: keyof UnaryCalls,
  services: PubSubServices,
  answer: (request: Request, caller: Caller) => Response,
): UnaryHandler<Request, Response> {
  return (call, callback) => {
    const rpcId = randomUUID();
    const respond = (): void => {
      const { request } = call;
      if (request instanceof OversizeRequest) {
        callback(proxyFailure);
        return;
      }
      let response: Response;
      try {
        const { userId } = authenticateCall(
          call.metadata,
          services.sessions,
          services.core.orgId,
          services.knobs,
        );
        const fault = takeFault(rpc, userId, request, services);
        if (fault === "unavailable") {
          callback(proxyFailure);
          return;
        }
        response = answer(request, { rpcId, userId });
      } catch (reason) {
        const { statuses } = services.knobs;
        callback(toServiceError(toRpcFailure(reason, rpc, services.onFault), { rpc, rpcId, statuses }));
        return;
      }
      callback(null, response);
    };
    const delay = services.faults.take("rpc_slow", { rpc });
    if (delay === undefined) respond();
    else services.clock.startTimer(delay.delayMs, respond);
  };
}

/** @throws {RpcFailure} that was ordered. */
function takeFault(
  rpc: string,
  user: string,
  request: object,
  { faults }: PubSubServices,
): "unavailable" | undefined {
  const topic: unknown = Reflect.get(request, "topicName");
  const place = { rpc, user, at: "open", ...(typeof topic === "string" ? { topic } : {}) };
  const failed = faults.take("rpc_failed", place);
  if (failed !== undefined) throw new RpcFailure(failed.code, "This failure was ordered.");
  return faults.take("rpc_unavailable", place) === undefined ? undefined : "unavailable";
}
