import { readFileSync } from "node:fs";
import { Metadata, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import type { Client, ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { eventBusLoadOptions, eventBusProtoPath } from "@sluice/pubsub/proto";
import type { OrgProcess } from "./start-org-process.ts";

type Fetched = { readonly events: readonly unknown[]; readonly pendingNumRequested: number };
type TopicInfo = { readonly schemaId: string };
type Published = { readonly results: readonly { readonly error: unknown }[] };
type Unary<Answer> = (
  request: object,
  metadata: Metadata,
  callback: (error: ServiceError | null, answer?: Answer) => void,
) => unknown;
type RawClient = Client & {
  getTopic: Unary<TopicInfo>;
  publish: Unary<Published>;
  subscribe(metadata: Metadata): ClientDuplexStream<object, Fetched>;
};

/** grpc-js alone: what is measured is the org, not a client library. */
export type BareClient = {
  schemaId(topic: string): Promise<string>;
  /** Publishes in one request. @throws when one of the events is refused. */
  publish(topic: string, schemaId: string, payloads: readonly Uint8Array[]): Promise<void>;
  /** Takes events until `count` have come, with at most 100 outstanding, as the service allows. */
  subscribe(topic: string, preset: "LATEST" | "EARLIEST", count: number): Subscriber;
  close(): void;
};

export type Subscriber = {
  /** True once an event has come: what is published from then on comes too. */
  hasStarted(): boolean;
  /** Settles when the last event has come. */
  readonly finished: Promise<void>;
};

const maxCredit = 100;
const lowWater = 50;

export function openBareClient({ address }: OrgProcess): BareClient {
  const loaded = loadPackageDefinition(loadSync(eventBusProtoPath, eventBusLoadOptions)) as unknown as {
    readonly eventbus: { readonly v1: { readonly PubSub: new (...args: unknown[]) => RawClient } };
  };
  const client = new loaded.eventbus.v1.PubSub(
    address.pubsubEndpoint,
    credentials.createSsl(readFileSync(address.caFile)),
    // A connection of its own for each client, as separate processes have.
    { "grpc.use_local_subchannel_pool": 1 },
  );
  const headers = new Metadata();
  headers.set("accesstoken", address.accessToken);
  headers.set("instanceurl", address.instanceUrl);
  headers.set("tenantid", address.tenantId);
  const ask = <Answer>(call: Unary<Answer>, request: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      call.call(client, request, headers, (error, answer) => {
        if (error !== null || answer === undefined) reject(error ?? new Error("no answer"));
        else resolve(answer);
      });
    });
  return {
    schemaId: async (topicName) => (await ask(client.getTopic, { topicName })).schemaId,
    async publish(topicName, schemaId, payloads) {
      const events = payloads.map((payload) => ({ schemaId, payload }));
      const { results } = await ask(client.publish, { topicName, events });
      if (results.some(({ error }) => error !== null)) throw new Error("an event was refused");
    },
    subscribe(topicName, replayPreset, count) {
      const call = client.subscribe(headers);
      let received = 0;
      const finished = new Promise<void>((resolve, reject) => {
        call.on("data", ({ events, pendingNumRequested }: Fetched) => {
          received += events.length;
          if (received >= count) {
            resolve();
            call.cancel();
          } else if (pendingNumRequested <= lowWater) {
            call.write({ numRequested: maxCredit - pendingNumRequested });
          }
        });
        call.on("error", (reason) => {
          // The last event was followed by our own cancel.
          if (received < count) reject(reason);
        });
      });
      call.write({ topicName, replayPreset, numRequested: maxCredit });
      return { hasStarted: () => received > 0, finished };
    },
    close() {
      client.close();
    },
  };
}
