import { Metadata } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { failureCodes } from "./failure-codes.ts";
import type { RpcFailureCode } from "./failure-codes.ts";

const prefix = "sfdc.platform.eventbus.grpc.";

/** A refusal by the Pub/Sub server, before it is tied to one call. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
  readonly code: RpcFailureCode;

  constructor(code: RpcFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The call that failed. */
export type FailedCall = {
  /** The name of the RPC, such as `Subscribe`. */
  readonly rpc: string;
  readonly rpcId: string;
  /** Other statuses than those of `failureCodes`. */
  readonly statuses: Readonly<Partial<Record<RpcFailureCode, number>>>;
};

/**
 * A failure as clients see it: the message ends with the id of the call, and the trailers
 * `error-code`, `rpc-id` and `type` say the same for programs.
 */
export function toServiceError(failure: RpcFailure, { rpc, rpcId, statuses }: FailedCall): ServiceError {
  const metadata = new Metadata();
  metadata.set("error-code", prefix + failure.code);
  metadata.set("rpc-id", rpcId);
  metadata.set("type", rpc);
  const details = `${failure.message} rpcId: ${rpcId}`;
  const code = statuses[failure.code] ?? failureCodes[failure.code].status;
  return Object.assign(new Error(details), { code, details, metadata });
}

/** What was thrown on a call, as a failure of the service; `onFault` hears of what is the emulator's own fault. */
export function toRpcFailure(reason: unknown, rpc: string, onFault: (text: string) => void): RpcFailure {
  if (reason instanceof RpcFailure) return reason;
  onFault(`${rpc} failed: ${reason instanceof Error ? reason.message : String(reason)}`);
  return new RpcFailure("service.unavailable", "The org failed on this call.");
}
