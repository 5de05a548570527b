import { readFileSync } from "node:fs";
import { Metadata, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import type { Client, ClientDuplexStream, ClientOptions, ServiceError, StatusObject } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { eventBusLoadOptions, eventBusProtoPath } from "@sluice/pubsub/proto";
import type {
  FetchRequest,
  FetchResponse,
  ManagedFetchRequest,
  ManagedFetchResponse,
  PublishRequest,
  PublishResponse,
  SchemaInfo,
  SchemaRequest,
  TopicInfo,
  TopicRequest,
} from "../src/pubsub-server/wire-types.ts";

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  callback: (error: ServiceError | null, response?: Response) => void,
) => unknown;

type Stream<Request, Response> = (metadata: Metadata) => ClientDuplexStream<Partial<Request>, Response>;

export type RawClient = Client & {
  getTopic: Unary<TopicRequest, TopicInfo>;
  getSchema: Unary<SchemaRequest, SchemaInfo>;
  publish: Unary<PublishRequest, PublishResponse>;
  subscribe: Stream<FetchRequest, FetchResponse>;
  managedSubscribe: Stream<ManagedFetchRequest, ManagedFetchResponse>;
  publishStream: Stream<PublishRequest, PublishResponse>;
};

/** A bare client of the Pub/Sub API: the test sees every message and status as it comes. */
export function openRawClient(endpoint: string, caFile: string, options: ClientOptions = {}): RawClient {
  const loaded = loadPackageDefinition(loadSync(eventBusProtoPath, eventBusLoadOptions)) as unknown as {
    readonly eventbus: {
      readonly v1: {
        readonly PubSub: new (address: string, creds: unknown, options: ClientOptions) => RawClient;
      };
    };
  };
  return new loaded.eventbus.v1.PubSub(endpoint, credentials.createSsl(readFileSync(caFile)), options);
}

export function callHeaders(token: string, overrides: Readonly<Record<string, string>> = {}): Metadata {
  const metadata = new Metadata();
  const values = {
    accesstoken: token,
    instanceurl: "http://127.0.0.1:4610",
    tenantid: "00D000000000001EAA",
    ...overrides,
  };
  for (const [name, value] of Object.entries(values)) if (value !== "") metadata.set(name, value);
  return metadata;
}

export function ask<Request, Response>(
  client: RawClient,
  call: Unary<Request, Response>,
  request: Request,
  metadata: Metadata,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call.call(client, request, metadata, (error, response) => {
      if (error !== null || response === undefined) reject(error ?? new Error("no answer"));
      else resolve(response);
    });
  });
}

export type RawStream<Request, Response> = {
  request(request: Partial<Request>): void;
  halfClose(): void;
  cancel(): void;
  /** The next response, waiting for it; throws when the stream ended instead. */
  next(): Promise<Response>;
  /** How the stream ended, OK included. */
  readonly ended: Promise<StatusObject>;
};

export function openStream(client: RawClient, metadata: Metadata): RawStream<FetchRequest, FetchResponse> {
  return followStream(client.subscribe(metadata));
}

export function followStream<Request, Response>(
  call: ClientDuplexStream<Partial<Request>, Response>,
): RawStream<Request, Response> {
  const arrived: Response[] = [];
  let wake: () => void = () => undefined;
  let status: StatusObject | undefined;
  call.on("data", (response: Response) => {
    arrived.push(response);
    wake();
  });
  // The status event tells the same, for clean ends too.
  call.on("error", () => undefined);
  const ended = new Promise<StatusObject>((resolve) => {
    call.on("status", (given: StatusObject) => {
      status = given;
      wake();
      resolve(given);
    });
  });
  return {
    request: (request) => {
      call.write(request);
    },
    halfClose: () => {
      call.end();
    },
    cancel: () => {
      call.cancel();
    },
    ended,
    async next() {
      for (;;) {
        const response = arrived.shift();
        if (response !== undefined) return response;
        if (status !== undefined) throw new Error(`the stream ended: ${status.code} ${status.details}`);
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    },
  };
}
