import { hash } from "node:crypto";
import type { Json, JsonObject } from "./json.ts";

/** What an event asks for, once the mapping made sense of it. Only the order id is certain to be there. */
export type ProvisionRequest = {
  readonly kind: "provision" | "cancel";
  /** 18 characters. */
  readonly orderId: string;
  /** As the org made it (`order id-counter-P`); null when the org's event has none. */
  readonly requestKey: string | null;
  readonly orderNumber: string | null;
  readonly accountId: string | null;
  /** ISO 8601, UTC. */
  readonly approvedAt: string | null;
  readonly approvedById: string | null;
  readonly orderModifiedAt: string | null;
  readonly totalAmount: number | null;
};

/** The key that names one request for ever: the org's own, else the order id and the event id. */
export function requestKeyOf(request: ProvisionRequest, eventId: string): string {
  return request.requestKey ?? `${request.orderId}-${eventId}`;
}

/** Tells two payloads apart by their canonical texts: SHA-256 in hexadecimal. */
export function payloadDigest(canonicalText: string): string {
  return hash("sha256", canonicalText);
}

/** As JSON, the fields of each object by their names: the same text whatever their order was. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(",")}]`;
  const object = value as JsonObject;
  let text = "";
  for (const key of Object.keys(object).sort()) {
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonical(object[key] ?? null)}`;
  }
  return `{${text}}`;
}
