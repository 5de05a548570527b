import { loadPackageDefinition } from "@grpc/grpc-js";
import type { ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { eventBusLoadOptions, eventBusProtoPath } from "@sluice/pubsub/proto";
import { OversizeRequest, maxRequestBytes } from "./oversize-request.ts";

type Service = ServiceClientConstructor["service"];

/**
 * `eventbus.v1.PubSub` with the bytes of the service:
 * - A request beyond the limit becomes an `OversizeRequest`. grpc-js by itself would refuse it with another status
 *   than the service does, so its own limit has to be higher.
 * - Zeros, empty texts and the like are absent from responses, as proto3 has it; protobuf.js would write them.
 */
export function loadWireService(): Service {
  const loaded = loadPackageDefinition(loadSync(eventBusProtoPath, eventBusLoadOptions)) as unknown as {
    readonly eventbus: { readonly v1: { readonly PubSub: ServiceClientConstructor } };
  };
  return Object.fromEntries(
    Object.entries(loaded.eventbus.v1.PubSub.service).map(([name, method]): [string, Service[string]] => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer): object =>
          bytes.length > maxRequestBytes
            ? new OversizeRequest(bytes.length)
            : method.requestDeserialize(bytes),
        responseSerialize: (message: object): Buffer => method.responseSerialize(withoutDefaults(message)),
      },
    ]),
  );
}

function withoutDefaults(message: object): object {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    if (!isDefault(value)) kept[name] = clean(value);
  }
  return kept;
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array)
    ? withoutDefaults(value)
    : value;
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === undefined || value === null || value === 0 || value === "" || value === false;
}
