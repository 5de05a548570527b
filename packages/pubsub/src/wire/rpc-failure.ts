import { status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { PubSubError } from "../pubsub-error.ts";
import type { PubSubErrorCode } from "../pubsub-error.ts";
import type { RpcName } from "./methods.ts";
import { codeOfServiceCode, shortServiceCode } from "./service-codes.ts";

const MAX_DETAIL = 300;

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
  overloaded: "Open fewer streams, and publish in batches or over a publish stream.",
  unknown_service_code: "This client does not know the code; it tries again. Please report it.",
  delivery_limit_reached: "Events stay retained for 72 h; add delivery allocation or end other subscribers.",
};

/**
 * Turns the error of a call into ours: by the `error-code` trailer first, by status only when a proxy or the network
 * failed and there is none. Status INTERNAL is retried, because a plain connection reset arrives as that.
 */
export function toRpcFailure(error: unknown, rpc: RpcName, subject: string): PubSubError {
  if (!isServiceError(error)) return PubSubError.from(error, subject);
  const trailer = textOf(error, "error-code");
  const serviceCode = trailer === undefined ? undefined : shortServiceCode(trailer);
  const rpcId = textOf(error, "rpc-id");
  const code = serviceCode === undefined ? codeOfStatus(error.code, rpc) : codeOfTrailer(serviceCode);
  const label = trailer === undefined ? (status[error.code] ?? `status ${error.code}`) : trailer;
  const said = [
    `${rpc} failed with ${label}: ${asSentence(error.details.slice(0, MAX_DETAIL))}`,
    advice[code],
  ];
  const detail = said.filter((part) => part !== undefined).join(" ");
  return new PubSubError(code, subject, detail, { rpcId, serviceCode, cause: error });
}

/** The service's texts end with a full stop, with a call's id, or with nothing. */
function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function codeOfTrailer(serviceCode: string): PubSubErrorCode {
  return Object.hasOwn(codeOfServiceCode, serviceCode)
    ? (codeOfServiceCode[serviceCode] ?? "unknown_service_code")
    : "unknown_service_code";
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
