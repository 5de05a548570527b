import { Metadata, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";

const prefix = "sfdc.platform.eventbus.grpc.";

/** The failures this server answers with: the suffix of the `error-code` trailer → gRPC status. */
const statusBySuffix = {
  "service.auth.headers.invalid": status.UNAUTHENTICATED,
  "service.auth.error": status.UNAUTHENTICATED,
  "service.unavailable": status.INTERNAL,
  "topic.not.found": status.NOT_FOUND,
  "topic.validation.empty": status.INVALID_ARGUMENT,
  "schema.validation.failed": status.INVALID_ARGUMENT,
  "subscription.fetch.replayid.corrupted": status.INVALID_ARGUMENT,
  "subscription.fetch.replayid.validation.failed": status.INVALID_ARGUMENT,
  "subscription.fetch.requested.events.invalid": status.INVALID_ARGUMENT,
  "subscription.fetch.topic.mismatch": status.INVALID_ARGUMENT,
  "publish.event.count.invalid": status.INVALID_ARGUMENT,
  "publish.topic.validation.empty": status.INVALID_ARGUMENT,
} as const;

export type RpcFailureCode = keyof typeof statusBySuffix;

/** A refusal by the Pub/Sub server, before it is tied to one call. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
  readonly code: RpcFailureCode;

  constructor(code: RpcFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A failure as clients see it: the message ends with the id of the call, and the trailers
 * `error-code`, `rpc-id` and `type` say the same for programs.
 */
export function toServiceError(failure: RpcFailure, rpcType: string, rpcId: string): ServiceError {
  const metadata = new Metadata();
  metadata.set("error-code", prefix + failure.code);
  metadata.set("rpc-id", rpcId);
  metadata.set("type", rpcType);
  const details = `${failure.message} rpcId: ${rpcId}`;
  return Object.assign(new Error(details), { code: statusBySuffix[failure.code], details, metadata });
}
