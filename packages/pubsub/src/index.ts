export { clientCredentials } from "./auth/client-credentials.ts";
export type { ClientCredentialsOptions } from "./auth/client-credentials.ts";
export { jwtBearer } from "./auth/jwt-bearer.ts";
export type { JwtBearerOptions } from "./auth/jwt-bearer.ts";
export type { Session, TokenSource } from "./auth/session.ts";
export { createPubSubClient } from "./client.ts";
export type { PubSubClient, PubSubClientOptions, SchemaInfo, TopicInfo } from "./client.ts";
export type { ClientEvent } from "./client-event.ts";
export type { PublishResult } from "./publish/publish-events.ts";
export { PubSubError } from "./pubsub-error.ts";
export type { PubSubErrorCode } from "./pubsub-error.ts";
export type {
  ReceivedEvent,
  StartPosition,
  StreamItem,
  SubscribeOptions,
} from "./subscription/stream-item.ts";
export { systemDefaults } from "./system-defaults.ts";
export type { Timing } from "./system-defaults.ts";
