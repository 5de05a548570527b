import { status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { PubSubError } from "../pubsub-error.ts";
import type { PubSubErrorCode } from "../pubsub-error.ts";

export type RpcName = "Subscribe" | "GetTopic" | "GetSchema" | "Publish";

const PREFIX = "sfdc.platform.eventbus.grpc.";
const MAX_DETAIL = 300;

/** What the `error-code` trailer says, without its common prefix. A code that stands in no row is `unexpected`. */
const byTrailer: Readonly<Record<string, PubSubErrorCode>> = {
  "service.unavailable": "service_unavailable",
  "service.auth.error": "session_rejected",
  "service.auth.headers.invalid": "session_rejected",
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
  "subscription.fetch.replay.repeated": "service_unavailable",
  "subscription.limit.exceeded": "delivery_limit_reached",
  "subscription.fetch.overflow": "service_unavailable",
  "subscription.fetch.requested.events.invalid": "request_rejected",
  "subscription.fetch.topic.mismatch": "request_rejected",
  "subscription.fetch.request.invalid": "request_rejected",
  "subscription.topic.cannot.subscribe": "permission_denied",
  "subscription.internal.error": "service_unavailable",
  "publish.event.count.invalid": "request_rejected",
  "publish.topic.mismatch": "request_rejected",
  "publish.topic.validation.empty": "request_rejected",
  "publish.auth.refresh.invalid": "request_rejected",
};

/**
 * What a status says without a trailer. INVALID_ARGUMENT is never read as a rejected position: that needs the trailer,
 * or events would be delivered again for nothing.
 */
const byStatus: ReadonlyMap<status, PubSubErrorCode> = new Map([
  [status.UNAUTHENTICATED, "session_rejected"],
  [status.PERMISSION_DENIED, "permission_denied"],
  [status.RESOURCE_EXHAUSTED, "overloaded"],
  [status.INVALID_ARGUMENT, "request_rejected"],
  [status.UNIMPLEMENTED, "request_rejected"],
]);

/** What to do, where the server's own text does not say it. */
const advice: Partial<Readonly<Record<PubSubErrorCode, string>>> = {
  session_rejected: "The token may have expired, belong to another org, or be locked to another IP address.",
  position_rejected:
    "The replay id is expired (retention is 72 h), from another org, or not the exact bytes received.",
  topic_not_found:
    "Check the topic's spelling (it is case-sensitive) and that the event is deployed to this org.",
  permission_denied: "Give the user Read access to the event, and API access.",
  delivery_limit_reached: "Events stay retained for 72 h; add delivery allocation or end other subscribers.",
};

/**
 * Turns the error of a call into ours: by the `error-code` trailer first, by status only when a proxy or the network
 * failed and there is none. Status INTERNAL is retried, because a plain connection reset arrives as that.
 */
export function toRpcFailure(error: unknown, rpc: RpcName, subject: string): PubSubError {
  if (!isServiceError(error)) return PubSubError.from(error, subject);
  const trailer = textOf(error, "error-code");
  const rpcId = textOf(error, "rpc-id");
  const code = trailer === undefined ? codeOfStatus(error.code, rpc) : codeOfTrailer(trailer);
  const label = trailer === undefined ? (status[error.code] ?? `status ${error.code}`) : trailer;
  const said = [
    `${rpc} failed with ${label}: ${asSentence(error.details.slice(0, MAX_DETAIL))}`,
    advice[code],
  ];
  const detail = said.filter((part) => part !== undefined).join(" ");
  return new PubSubError(code, subject, detail, { rpcId, cause: error });
}

/** The service's texts end with a full stop, with a call's id, or with nothing. */
function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function codeOfTrailer(trailer: string): PubSubErrorCode {
  const suffix = trailer.startsWith(PREFIX) ? trailer.slice(PREFIX.length) : trailer;
  return byTrailer[suffix] ?? "unexpected";
}

function codeOfStatus(code: status, rpc: RpcName): PubSubErrorCode {
  if (code === status.NOT_FOUND) return rpc === "GetSchema" ? "schema_unknown" : "topic_not_found";
  return byStatus.get(code) ?? "service_unavailable";
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error && "metadata" in error;
}

function textOf(error: ServiceError, key: string): string | undefined {
  const value = error.metadata.get(key)[0];
  return value === undefined || value.length === 0 ? undefined : value.toString();
}
