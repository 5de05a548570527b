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
  const payload = toJsonObject(event.payload);
  if (holdsNul(payload)) {
    const detail =
      "a text of it holds the character NUL, which no PostgreSQL stores; correct the order, and approve it again";
    return { ...envelope, kind: "rejected", reason: "invalid", detail };
  }
  const request = readEvent(event.payload);
  if (request.kind === "invalid" || request.kind === "wrong_org") {
    return { ...envelope, kind: "rejected", reason: request.kind, detail: request.reason, payload };
  }
  const detail = whyUnstorable(request);
  if (detail !== null) return { ...envelope, kind: "rejected", reason: "invalid", detail, payload };
  return { ...envelope, kind: "request", payload, request };
}

/** Beyond these the store would refuse the whole batch, again and again, for the sake of one event. */
const MAX_KEY_LENGTH = 255;
const MAX_TOTAL = 1e15;
const FAR_FUTURE = "9999";

function whyUnstorable({ requestKey, totalAmount, approvedAt }: ProvisionRequest): string | null {
  if (requestKey !== null && requestKey.length > MAX_KEY_LENGTH) {
    return `its request key has ${requestKey.length} characters, more than ${MAX_KEY_LENGTH}; correct the publisher, and approve the order again`;
  }
  if (totalAmount !== null && Math.abs(totalAmount) >= MAX_TOTAL) {
    return `its total of ${totalAmount} is no sum of money; correct the order, and approve it again`;
  }
  // The years before 0 and after 9999 have a sign, and another form.
  if (approvedAt !== null && (!/^\d/.test(approvedAt) || approvedAt > FAR_FUTURE)) {
    return `it was approved at ${approvedAt}, which is no time of our era; correct the publisher, and approve the order again`;
  }
  return null;
}

function holdsNul(value: Json): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some((item: Json) => holdsNul(item));
}

function toJsonObject(payload: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(payload).map(([key, item]) => [key, toJson(item)]));
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
  return typeof value === "object" ? toJsonObject({ ...value }) : null;
}
