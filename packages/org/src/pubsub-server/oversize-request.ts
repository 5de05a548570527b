import type { ServiceClientConstructor } from "@grpc/grpc-js";

/** The hard limit of the service for one PublishRequest (reference `pubsub-api.md`, 1.4). */
export const maxRequestBytes = 4 * 1024 * 1024;

/** Stands for a request that the proxy in front of the service would not let through. */
export class OversizeRequest {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/**
 * The service with `OversizeRequest` for requests beyond the limit. grpc-js by itself would refuse them with another
 * status than the service does, so its own limit has to be higher.
 */
export function markOversizeRequests(
  service: ServiceClientConstructor["service"],
): ServiceClientConstructor["service"] {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer): object =>
          bytes.length > maxRequestBytes
            ? new OversizeRequest(bytes.length)
            : method.requestDeserialize(bytes),
      },
    ]),
  );
}
