import type { Metadata } from "@grpc/grpc-js";
import type { Session, SessionStore } from "../auth/sessions.ts";
import type { PubSubKnobs } from "../pubsub-knobs.ts";
import { RpcFailure } from "./rpc-failure.ts";

/**
 * Checks the three headers that every call carries: `accesstoken` (without "Bearer"),
 * `instanceurl` and `tenantid`, which is the org id in 15 or 18 characters or `core/{host}/{org id}`.
 *
 * @throws {RpcFailure} service.auth.headers.invalid or service.auth.error.
 */
export function authenticateCall(
  metadata: Metadata,
  sessions: SessionStore,
  orgId: string,
  knobs: Pick<PubSubKnobs, "tenantId">,
): Session {
  const token = readHeader(metadata, "accesstoken");
  const instanceUrl = readHeader(metadata, "instanceurl");
  const tenantId = readHeader(metadata, "tenantid");
  if (!/^https?:\/\/[^/]+$/.test(instanceUrl)) {
    throw new RpcFailure(
      "service.auth.headers.invalid",
      "instanceurl must be scheme and host, without a path.",
    );
  }
  const tenant = /^(?:core\/[^/]+\/)?([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)$/.exec(tenantId)?.[1];
  const session = sessions.use(token);
  const isShort = tenant?.length === 15 && knobs.tenantId === "long";
  // Org ids are case-sensitive in their first fifteen characters; the rest only repeats them.
  if (session === undefined || isShort || tenant?.slice(0, 15) !== orgId.slice(0, 15)) {
    throw new RpcFailure("service.auth.error", "The session is not valid for this tenant.");
  }
  return session;
}

function readHeader(metadata: Metadata, name: string): string {
  const [value] = metadata.get(name);
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  throw new RpcFailure("service.auth.headers.invalid", `The header ${name} is missing or blank.`);
}
