import { randomUUID } from "node:crypto";
import { Server, ServerCredentials, loadPackageDefinition, status } from "@grpc/grpc-js";
import type {
  ServerDuplexStream,
  ServerUnaryCall,
  ServiceClientConstructor,
  UntypedServiceImplementation,
  sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { eventBusLoadOptions, eventBusProtoPath } from "@sluice/pubsub/proto";
import type { SessionStore } from "../auth/sessions.ts";
import type { Actor, OrgCore } from "../org-core.ts";
import { authenticateCall } from "./call-auth.ts";
import { requireFreePort } from "./free-port.ts";
import type { LiveStreams } from "./live-streams.ts";
import { publishEvents } from "./publish-events.ts";
import { RpcFailure, toServiceError } from "./rpc-failure.ts";
import { Subscription, topicNotFound } from "./subscription.ts";
import type { SubscriptionOptions } from "./subscription.ts";
import type {
  FetchRequest,
  FetchResponse,
  PublishRequest,
  PublishResponse,
  SchemaInfo,
  SchemaRequest,
  TopicInfo,
  TopicRequest,
} from "./wire-types.ts";

export type PubSubServerOptions = Pick<
  SubscriptionOptions,
  "keepaliveMs" | "zeroCreditCloseMs" | "startTimer" | "onDelivered"
> & {
  readonly core: OrgCore;
  readonly sessions: SessionStore;
  /** Shows every open stream. */
  readonly streams: LiveStreams;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Told of failures that are the emulator's own, in one line. */
  readonly onFault: (text: string) => void;
};

export type PubSubServer = {
  readonly port: number;
  /** Ends every stream and frees the port. */
  close(): void;
};

/**
 * Serves `eventbus.v1.PubSub` over TLS: GetTopic, GetSchema, Subscribe and Publish.
 * PublishStream and ManagedSubscribe answer UNIMPLEMENTED.
 *
 * @throws the error of the bind when the port cannot be opened.
 */
export async function startPubSubServer(options: PubSubServerOptions): Promise<PubSubServer> {
  await requireFreePort(options.host, options.port);
  const server = new Server();
  const subscriptions = new Set<Subscription>();
  server.addService(loadService(), implement(options, subscriptions));
  const credentials = ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(options.privateKeyPem), cert_chain: Buffer.from(options.certificatePem) },
  ]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${options.host}:${options.port}`, credentials, (error, boundPort) => {
      if (error === null) resolve(boundPort);
      else reject(error);
    });
  });
  return {
    port,
    close() {
      for (const subscription of subscriptions) subscription.close();
      server.forceShutdown();
    },
  };
}

function loadService(): ServiceClientConstructor["service"] {
  const loaded = loadPackageDefinition(loadSync(eventBusProtoPath, eventBusLoadOptions)) as unknown as {
    readonly eventbus: { readonly v1: { readonly PubSub: ServiceClientConstructor } };
  };
  return loaded.eventbus.v1.PubSub.service;
}

function implement(
  options: PubSubServerOptions,
  subscriptions: Set<Subscription>,
): UntypedServiceImplementation {
  const { core } = options;
  return {
    GetTopic: unary<TopicRequest, TopicInfo>("GetTopic", options, ({ topicName }, rpcId) => {
      if (topicName === "") throw new RpcFailure("topic.validation.empty", "The topic name is empty.");
      const topic = core.bus.topic(topicName);
      if (topic === undefined) throw topicNotFound(topicName, core.orgId);
      return {
        topicName: topic.name,
        tenantGuid: `core/sluice/${core.orgId}`,
        canPublish: true,
        canSubscribe: true,
        schemaId: topic.schemaId,
        rpcId,
      };
    }),
    GetSchema: unary<SchemaRequest, SchemaInfo>("GetSchema", options, ({ schemaId }, rpcId) => {
      const schemaJson = schemaId === "" ? undefined : core.bus.schemaJson(schemaId);
      if (schemaJson !== undefined) return { schemaJson, schemaId, rpcId };
      throw new RpcFailure("schema.validation.failed", `The schema id "${schemaId}" is blank or unknown.`);
    }),
    Publish: unary<PublishRequest, PublishResponse>("Publish", options, ({ topicName, events }, rpcId) => {
      if (topicName === "")
        throw new RpcFailure("publish.topic.validation.empty", "The topic name is empty.");
      const topic = core.bus.topic(topicName);
      if (topic === undefined) throw topicNotFound(topicName, core.orgId);
      if (events.length === 0) {
        throw new RpcFailure("publish.event.count.invalid", "A publish request needs at least one event.");
      }
      return { results: publishEvents(core.bus, topic, events), schemaId: topic.schemaId, rpcId };
    }),
    Subscribe: (call: ServerDuplexStream<FetchRequest, FetchResponse>) => {
      subscribe(call, options, subscriptions);
    },
    PublishStream: refuseStream,
    ManagedSubscribe: refuseStream,
  };
}

function unary<Request, Response>(
  type: string,
  options: PubSubServerOptions,
  answer: (request: Request, rpcId: string, actor: Actor) => Response,
): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    const rpcId = randomUUID();
    let response: Response;
    try {
      const actor = authenticateCall(call.metadata, options.sessions, options.core.orgId);
      response = answer(call.request, rpcId, actor);
    } catch (reason) {
      callback(toServiceError(toFailure(reason, type, options.onFault), type, rpcId));
      return;
    }
    callback(null, response);
  };
}

function subscribe(
  call: ServerDuplexStream<FetchRequest, FetchResponse>,
  options: PubSubServerOptions,
  subscriptions: Set<Subscription>,
): void {
  const rpcId = randomUUID();
  const { keepaliveMs, zeroCreditCloseMs, startTimer, onDelivered } = options;
  const subscription = new Subscription(
    options.core.bus,
    {
      send: (response) => call.write(response),
      end: () => {
        call.end();
      },
      fail: (reason) => {
        fail(reason);
      },
    },
    { orgId: options.core.orgId, rpcId, keepaliveMs, zeroCreditCloseMs, startTimer, onDelivered },
  );
  subscriptions.add(subscription);
  let unlist = (): void => undefined;
  const stop = (): void => {
    subscription.close();
    subscriptions.delete(subscription);
    unlist();
  };
  const fail = (reason: unknown): void => {
    stop();
    call.emit("error", toServiceError(toFailure(reason, "Subscribe", options.onFault), "Subscribe", rpcId));
  };
  try {
    const { userId } = authenticateCall(call.metadata, options.sessions, options.core.orgId);
    const [trace] = call.metadata.get("x-client-trace-id");
    const opened = {
      rpcId,
      rpc: "Subscribe",
      userId,
      traceId: typeof trace === "string" ? trace : null,
      peer: call.getPeer(),
    } as const;
    unlist = options.streams.add(opened, () => subscription.progress);
  } catch (reason) {
    fail(reason);
    return;
  }
  call.on("data", (request: FetchRequest) => {
    try {
      subscription.receive(request);
    } catch (reason) {
      fail(reason);
    }
  });
  call.on("drain", () => {
    subscription.resume();
  });
  call.on("cancelled", stop);
  call.on("close", stop);
  // A client that closes its half gets status OK, as from the service.
  call.on("end", () => {
    stop();
    call.end();
  });
}

function refuseStream(call: ServerDuplexStream<unknown, unknown>): void {
  call.emit("error", { code: status.UNIMPLEMENTED, details: "this org does not offer this call" });
}

function toFailure(reason: unknown, type: string, onFault: (text: string) => void): RpcFailure {
  if (reason instanceof RpcFailure) return reason;
  onFault(`${type} failed: ${reason instanceof Error ? reason.message : String(reason)}`);
  return new RpcFailure("service.unavailable", "The org failed on this call.");
}
