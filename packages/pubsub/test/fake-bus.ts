import { Metadata, Server, ServerCredentials, loadPackageDefinition, status } from "@grpc/grpc-js";
import type {
  ServerDuplexStream,
  ServerUnaryCall,
  ServiceClientConstructor,
  sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { eventBusLoadOptions, eventBusProtoPath } from "../src/wire/proto.ts";
import type { ReplayPreset } from "../src/wire/fetch-request.ts";
import type { SchemaRequest } from "../src/wire/schema.ts";
import type { TopicRequest } from "../src/wire/topic.ts";
import { Mailbox } from "./mailbox.ts";

/** Messages as `@grpc/proto-loader` has them: the server does not share the client's own reading and writing. */
export type FetchRequest = {
  readonly topicName: string;
  readonly replayPreset: ReplayPreset;
  readonly replayId: Buffer;
  readonly numRequested: number;
};
export type SentEvent = {
  readonly event: { readonly id: string; readonly schemaId: string; readonly payload: Buffer } | null;
  readonly replayId: Buffer;
};
export type SentResponse = {
  readonly events: readonly SentEvent[];
  readonly latestReplayId: Buffer;
  readonly rpcId: string;
  readonly pendingNumRequested: number;
};
export type PublishRequest = {
  readonly topicName: string;
  readonly events: readonly { readonly id: string; readonly schemaId: string; readonly payload: Buffer }[];
};

export type Failure = { readonly code: status; readonly errorCode?: string; readonly details?: string };

/** One Subscribe call, as the server sees it. */
export class FakeCall {
  readonly requests = new Mailbox<FetchRequest>();
  readonly over = Promise.withResolvers<void>();
  /** Address and port of the client's end of the connection. */
  readonly peer: string;
  #credit = 0;
  readonly #call: ServerDuplexStream<FetchRequest, SentResponse>;

  constructor(call: ServerDuplexStream<FetchRequest, SentResponse>) {
    this.#call = call;
    // A call that is over does not know its peer any more.
    this.peer = call.getPeer();
    call.on("data", (request: FetchRequest) => {
      this.#credit += request.numRequested;
      this.requests.put(request);
    });
    call.on("cancelled", () => {
      this.over.resolve();
    });
  }

  get token(): string {
    return String(this.#call.metadata.get("accesstoken")[0]);
  }

  header(name: string): string {
    return String(this.#call.metadata.get(name)[0]);
  }

  send(response: Partial<SentResponse>): void {
    this.#credit = Math.max(0, this.#credit - (response.events?.length ?? 0));
    this.#call.write({
      events: [],
      latestReplayId: Buffer.alloc(0),
      rpcId: "r",
      pendingNumRequested: this.#credit,
      ...response,
    });
  }

  end(): void {
    this.#call.end();
  }

  fail(failure: Failure): void {
    this.#call.emit("error", toStatus(failure));
  }
}

export type FakeBus = {
  readonly endpoint: string;
  /** Subscribe calls in the order of their arrival. */
  readonly calls: Mailbox<FakeCall>;
  /** GetSchema requests by id, in order. */
  readonly schemaRequests: string[];
  readonly schemas: Map<string, string>;
  /** Failures of the next GetSchema calls, first come first served. */
  readonly schemaFailures: Failure[];
  readonly published: PublishRequest[];
  readonly publishFailures: Failure[];
  close(): void;
};

/** A Pub/Sub server on a free port of this machine that does what the test tells it to. */
export async function startFakeBus(): Promise<FakeBus> {
  const server = new Server();
  const calls = new Mailbox<FakeCall>();
  const schemaRequests: string[] = [];
  const schemas = new Map<string, string>();
  const schemaFailures: Failure[] = [];
  const published: PublishRequest[] = [];
  const publishFailures: Failure[] = [];
  const loaded = loadPackageDefinition(loadSync(eventBusProtoPath, eventBusLoadOptions)) as unknown as {
    readonly eventbus: { readonly v1: { readonly PubSub: ServiceClientConstructor } };
  };
  server.addService(loaded.eventbus.v1.PubSub.service, {
    Subscribe: (call: ServerDuplexStream<FetchRequest, SentResponse>) => {
      calls.put(new FakeCall(call));
    },
    GetSchema: (call: ServerUnaryCall<SchemaRequest, object>, answer: sendUnaryData<object>) => {
      const { schemaId } = call.request;
      schemaRequests.push(schemaId);
      const failure = schemaFailures.shift();
      const schemaJson = schemas.get(schemaId);
      if (failure !== undefined) answer(toStatus(failure));
      else if (schemaJson === undefined) answer(toStatus(unknownSchema));
      else answer(null, { schemaJson, schemaId, rpcId: "r" });
    },
    GetTopic: (call: ServerUnaryCall<TopicRequest, object>, answer: sendUnaryData<object>) => {
      const { topicName } = call.request;
      const schemaId = schemas.keys().next().value ?? "";
      answer(null, {
        topicName,
        tenantGuid: "t",
        canPublish: true,
        canSubscribe: false,
        schemaId,
        rpcId: "r",
      });
    },
    Publish: (call: ServerUnaryCall<PublishRequest, object>, answer: sendUnaryData<object>) => {
      const failure = publishFailures.shift();
      if (failure !== undefined) {
        answer(toStatus(failure));
        return;
      }
      const first = published.reduce((sum, request) => sum + request.events.length, 0);
      published.push(call.request);
      const results = call.request.events.map((_event, index) =>
        index === 1
          ? { error: { code: "PUBLISH", msg: "too large" }, correlationKey: "" }
          : { replayId: Buffer.from([first + index]), correlationKey: `id-${first + index}` },
      );
      answer(null, { results, schemaId: "", rpcId: "r" });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    schemaRequests,
    schemas,
    schemaFailures,
    published,
    publishFailures,
    close: () => {
      server.forceShutdown();
    },
  };
}

const unknownSchema: Failure = { code: status.INVALID_ARGUMENT, errorCode: "schema.validation.failed" };

function toStatus({ code, errorCode, details }: Failure) {
  const metadata = new Metadata();
  if (errorCode !== undefined) {
    metadata.set("error-code", `sfdc.platform.eventbus.grpc.${errorCode}`);
    metadata.set("rpc-id", "rpc-1");
  }
  return { name: "Error", message: "", code, details: details ?? "as the test wants", metadata };
}
