import { readFile } from "node:fs/promises";
import { Metadata, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import type { Client, ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import avsc from "avsc";
import type { Schema } from "avsc";
import type { Payload, Reader, ReaderAddress } from "./reader.ts";

type Fetched = { readonly events?: readonly { readonly event: { readonly payload: Buffer } }[] };
type Unary<Answer> = (
  request: object,
  metadata: Metadata,
  callback: (error: ServiceError | null, answer?: Answer) => void,
) => unknown;
type RawClient = Client & {
  getTopic: Unary<{ readonly schemaId: string }>;
  getSchema: Unary<{ readonly schemaJson: string }>;
  subscribe(metadata: Metadata): ClientDuplexStream<object, Fetched>;
};

const maxCredit = 100;
const lowWater = 50;

/** The least code that reads a topic of one schema: no resuming, no positions, no errors told apart. */
export async function openReader(address: ReaderAddress): Promise<Reader> {
  const loaded = loadPackageDefinition(loadSync(address.protoPath, {})) as unknown as {
    readonly eventbus: { readonly v1: { readonly PubSub: new (...args: unknown[]) => RawClient } };
  };
  const client = new loaded.eventbus.v1.PubSub(
    address.pubsubEndpoint,
    credentials.createSsl(await readFile(address.caFile)),
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
    async read(topicName, take) {
      const { schemaId } = await ask(client.getTopic, { topicName });
      const { schemaJson } = await ask(client.getSchema, { schemaId });
      const type = avsc.Type.forSchema(JSON.parse(schemaJson) as Schema);
      await new Promise<void>((resolve, reject) => {
        const call = client.subscribe(headers);
        let outstanding = maxCredit;
        call.on("data", ({ events = [] }: Fetched) => {
          if (events.some(({ event }) => take(type.fromBuffer(event.payload) as Payload))) {
            resolve();
            call.cancel();
            return;
          }
          outstanding -= events.length;
          if (outstanding > lowWater) return;
          call.write({ numRequested: maxCredit - outstanding });
          outstanding = maxCredit;
        });
        call.on("error", reject);
        call.on("end", () => {
          reject(new Error("the org ended the stream"));
        });
        call.write({ topicName, replayPreset: "EARLIEST", numRequested: maxCredit });
      });
    },
  };
}
