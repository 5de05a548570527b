import type { PubSubErrorCode } from "../pubsub-error.ts";

const PREFIX = "sfdc.platform.eventbus.grpc.";

/**
 * What the `error-code` trailer says, without its common prefix; reference `pubsub-api.md`, section 5.3. Each row is
 * tested by name.
 */
export const codeOfServiceCode: Readonly<Record<string, PubSubErrorCode>> = {
  "service.unavailable": "service_unavailable",
  "service.auth.error": "session_rejected",
  "service.auth.headers.invalid": "request_rejected",
  "service.auth.refresh.invalid": "session_rejected",
  "service.protection.stream.limit.triggered": "overloaded",
  "service.protection.triggered": "overloaded",
  "service.tenant.license": "permission_denied",
  "concurrent.client.limit.exceeded": "overloaded",
  "topic.not.found": "topic_not_found",
  "topic.meta.permission": "permission_denied",
  "topic.api.unavailable": "service_unavailable",
  "topic.validation.empty": "request_rejected",
  "schema.meta.permission": "permission_denied",
  "schema.api.unavailable": "service_unavailable",
  "schema.validation.failed": "schema_unknown",
  "subscription.fetch.replayid.corrupted": "position_rejected",
  "subscription.fetch.replayid.validation.failed": "position_rejected",
  "subscription.fetch.replay.repeated": "stream_inconsistent",
  "subscription.limit.exceeded": "delivery_limit_reached",
  "subscription.fetch.overflow": "stream_inconsistent",
  "subscription.fetch.requested.events.invalid": "request_rejected",
  "subscription.fetch.topic.mismatch": "request_rejected",
  "subscription.fetch.request.invalid": "request_rejected",
  "subscription.topic.cannot.subscribe": "permission_denied",
  "subscription.internal.error": "stream_inconsistent",
  "publish.stream.sweeper.timeout": "stream_inconsistent",
  "publish.auth.refresh.invalid": "request_rejected",
  "publish.event.count.invalid": "request_rejected",
  "publish.topic.mismatch": "request_rejected",
  "publish.topic.validation.empty": "request_rejected",
};

/** The trailer without its prefix. */
export function shortServiceCode(trailer: string): string {
  return trailer.startsWith(PREFIX) ? trailer.slice(PREFIX.length) : trailer;
}
