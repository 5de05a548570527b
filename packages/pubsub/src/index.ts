export { clientCredentials } from "./auth/client-credentials.ts";
export type { ClientCredentialsOptions } from "./auth/client-credentials.ts";
export { jwtBearer } from "./auth/jwt-bearer.ts";
export type { JwtBearerOptions } from "./auth/jwt-bearer.ts";
export type { Session, TokenSource } from "./auth/session.ts";
export { tokenFrom } from "./auth/token-from.ts";
export type { FetchToken, FetchTokenContext, FetchedToken, TokenFromOptions } from "./auth/token-from.ts";
export { createPubSubClient } from "./client.ts";
export type { PubSubClient, SchemaInfo, TopicInfo } from "./client.ts";
export type { ClientEvent, ClientEvents } from "./client-event.ts";
export type { ClientEventName, StopListening } from "./client-events.ts";
export type { PubSubClientOptions } from "./client-options.ts";
export type { NetworkOptions } from "./network/network-options.ts";
export type { PublishOptions, PublishStream } from "./publish/publisher.ts";
export type { EventToPublish, PublishResult } from "./publish/publish-result.ts";
export { PubSubError } from "./pubsub-error.ts";
export type { PubSubErrorCode, Reaction } from "./pubsub-error.ts";
export { describeSchema } from "./schema/describe-schema.ts";
export type {
  FieldDescription,
  RecordDescription,
  ValueDescription,
  ValueOption,
} from "./schema/describe-schema.ts";
export type { DecodeOptions } from "./schema/payload-reader.ts";
export { compareSchemas } from "./schema/schema-drift.ts";
export type { SchemaChange, SchemaDrift } from "./schema/schema-drift.ts";
export type { DateForm } from "./schema/temporal-values.ts";
export type {
  Capacity,
  EventAsItCame,
  ReceivedEvent,
  StartPosition,
  StreamItem,
  SubscribeOptions,
} from "./subscription/stream-item.ts";
export { systemDefaults } from "./system-defaults.ts";
export type { Timing } from "./system-defaults.ts";
