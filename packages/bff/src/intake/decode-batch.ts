import type { ReceivedEvent } from "@sluice/pubsub";
import type { Json, JsonObject } from "../orders/json.ts";
import type { ProvisionRequest } from "../orders/provision-request.ts";
import type { IncomingEvent } from "../store/incoming-batch.ts";

/** Makes sense of a decoded payload by the mapping; reaches this room as a function. */
export type ReadEvent = (
  payload: Readonly<Record<string, unknown>>,
) =>
  | ProvisionRequest
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "wrong_org"; readonly reason: string };

/** Turns what came over the wire into what the store admits; what makes no sense is marked, never dropped. */
export function toIncoming(event: ReceivedEvent, readEvent: ReadEvent): IncomingEvent {
  const { id: eventId, replayId, schemaId, raw } = event;
  const envelope = { eventId, replayId, schemaId, raw };
  if (event.kind === "undecodable") {
    return { ...envelope, kind: "rejected", reason: "undecodable", detail: event.error.message };
  }
  const request = readEvent(event.payload);
  const payload = toJson(event.payload) as JsonObject;
  if (request.kind === "invalid" || request.kind === "wrong_org") {
    const rejected = { ...envelope, kind: "rejected", reason: request.kind, detail: request.reason } as const;
    return isStorable(payload) ? { ...rejected, payload } : rejected;
  }
  return { ...envelope, kind: "request", payload, request };
}

/** PostgreSQL keeps no NUL character in JSON; the raw bytes are kept in any case. */
function isStorable(payload: JsonObject): boolean {
  return !JSON.stringify(payload).includes("\\u0000");
}

function toJson(value: unknown): Json {
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  ) {
    return value;
  }
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item) => toJson(item));
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  }
  return null;
}
