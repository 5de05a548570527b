import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { seededRandom } from "../faults/seeded-random.ts";
import type { FaultMatch } from "../faults/fault-registry.ts";
import type { DeliveryOptions } from "./event-delivery.ts";
import { requireRight } from "./event-rights.ts";
import { ManagedStream } from "./managed-stream.ts";
import { answerPublish } from "./publish-calls.ts";
import { PublishStream } from "./publish-stream.ts";
import type { PubSubServices } from "./pubsub-services.ts";
import { RpcFailure } from "./rpc-failure.ts";
import { ServedStream } from "./served-stream.ts";
import type { StreamCall } from "./served-stream.ts";
import type { StreamFault } from "./stream-faults.ts";
import { Subscription } from "./subscription.ts";
import { startTcpRelay } from "./tcp-relay.ts";
import type { TcpRelay } from "./tcp-relay.ts";
import { createUnaryCalls } from "./unary-calls.ts";
import { loadWireService } from "./wire-service.ts";
import type {
  FetchRequest,
  FetchResponse,
  ManagedFetchRequest,
  ManagedFetchResponse,
  PublishRequest,
  PublishResponse,
} from "./wire-types.ts";

export type PubSubServerOptions = Omit<PubSubServices, "relay"> & {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
};

export type PubSubServer = {
  readonly port: number;
  /** Lets a fault bite every live stream that fits, now. @returns how many it bit. */
  strike(fault: StreamFault, match: FaultMatch): number;
  /** Ends every stream and frees the port. */
  close(): void;
};

type OpenStreams = Set<{
  readonly token: string;
  end(cause: string): void;
  fail(reason: unknown): void;
}>;

/** Documented for one HTTP/2 connection. */
const maxStreamsPerConnection = 1_000;
/** Larger than what is refused in the manner of the service. */
const maxMessageBytes = 64 * 1024 * 1024;

/**
 * Serves `eventbus.v1.PubSub` over TLS, behind a relay that can break its connections.
 *
 * @throws the error of the system when the port cannot be opened, such as EADDRINUSE.
 */
export async function startPubSubServer(options: PubSubServerOptions): Promise<PubSubServer> {
  const { host, port, knobs, clock, sessions } = options;
  let relay: TcpRelay | undefined;
  const services: PubSubServices = {
    ...options,
    relay: () => relay ?? { connectionOf: () => undefined },
  };
  const open: OpenStreams = new Set();
  const server = new Server({
    "grpc.max_concurrent_streams": maxStreamsPerConnection,
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  server.addService(loadWireService(), implement(services, open));
  const targetPort = await bind(server, options);
  try {
    relay = await startTcpRelay({
      host,
      port,
      targetPort,
      deadPeerMs: knobs.deadPeerMs,
      startTimer: (delayMs, fire) => clock.startTimer(delayMs, fire),
    });
  } catch (reason) {
    server.forceShutdown();
    throw reason;
  }
  const running = relay;
  const stopListening = sessions.onRevoke((token) => {
    if (!knobs.revocationEndsStreams) return;
    for (const stream of open) {
      if (stream.token !== token) continue;
      stream.fail(new RpcFailure("service.auth.error", "The session was revoked."));
    }
  });
  return {
    port: running.port,
    strike: (fault, match) => options.streams.strike(fault, match),
    close() {
      stopListening();
      for (const stream of open) stream.end("the org closed");
      server.forceShutdown();
      running.close();
    },
  };
}

function bind(
  server: Server,
  { privateKeyPem, certificatePem }: Pick<PubSubServerOptions, "privateKeyPem" | "certificatePem">,
): Promise<number> {
  const credentials = ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(privateKeyPem), cert_chain: Buffer.from(certificatePem) },
  ]);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, boundPort) => {
      if (error === null) resolve(boundPort);
      else reject(error);
    });
  });
}

function implement(services: PubSubServices, open: OpenStreams): UntypedServiceImplementation {
  const { core, knobs, clock } = services;
  const activeManaged = new Set<string>();
  const random = knobs.batchSeed === null ? null : seededRandom(knobs.batchSeed);
  const delivery = (rpcId: string): DeliveryOptions => ({
    keepaliveMs: knobs.keepaliveMs,
    zeroCreditCloseMs: knobs.zeroCreditCloseMs,
    startTimer: (delayMs, fire) => clock.startTimer(delayMs, fire),
    batchSize: () => (random === null ? knobs.maxBatchSize : 1 + Math.floor(random() * knobs.maxBatchSize)),
    allowance: core.allocations.deliveries,
    onDelivered: (count, topic) => {
      services.log.add("event:delivered", { topic, count, rpcId });
      core.allocations.deliveries.add(count);
    },
  });
  return {
    ...createUnaryCalls(services),
    Subscribe: (call: StreamCall<FetchRequest, FetchResponse>) => {
      const stream = track(call, new ServedStream(call, "Subscribe", services), open);
      stream.serve(
        (output) =>
          new Subscription(core.bus, output, {
            ...delivery(stream.rpcId),
            orgId: core.orgId,
            rpcId: stream.rpcId,
            refusesOverflow: knobs.refusesOverflow,
            checkRight: (topic) => {
              requireRight(knobs.denied, stream.userId, topic, "subscribe");
            },
          }),
      );
    },
    ManagedSubscribe: (call: StreamCall<ManagedFetchRequest, ManagedFetchResponse>) => {
      const stream = track(call, new ServedStream(call, "ManagedSubscribe", services), open);
      stream.serve(
        (output) =>
          new ManagedStream(core.bus, output, {
            ...delivery(stream.rpcId),
            rpcId: stream.rpcId,
            subscriptions: core.managedSubscriptions,
            active: activeManaged,
            now: () => clock.now(),
            checkRight: (topic) => {
              requireRight(knobs.denied, stream.userId, topic, "subscribe");
            },
          }),
      );
    },
    PublishStream: (call: StreamCall<PublishRequest, PublishResponse>) => {
      const stream = track(call, new ServedStream(call, "PublishStream", services), open);
      stream.serve(
        (output) =>
          new PublishStream(output, {
            idleMs: knobs.publishStreamIdleMs,
            startTimer: (delayMs, fire) => clock.startTimer(delayMs, fire),
            publish: (request) =>
              answerPublish(services, { rpcId: stream.rpcId, userId: stream.userId }, request),
          }),
      );
    },
  };
}

/** Keeps a stream in the list of those that are open until its call closes. */
function track<Request extends object, Response>(
  call: StreamCall<Request, Response>,
  stream: ServedStream<Request, Response>,
  open: OpenStreams,
): ServedStream<Request, Response> {
  open.add(stream);
  const forget = (): void => {
    open.delete(stream);
  };
  call.on("close", forget);
  call.on("cancelled", forget);
  return stream;
}
