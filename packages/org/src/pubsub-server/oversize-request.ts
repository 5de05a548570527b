/** The hard limit of the service for one PublishRequest (reference `pubsub-api.md`, 1.4). */
export const maxRequestBytes = 4 * 1024 * 1024;

/** Stands for a request that the proxy in front of the service would not let through. */
export class OversizeRequest {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}
