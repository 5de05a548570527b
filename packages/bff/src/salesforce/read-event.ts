import type { ProvisionRequest } from "../orders/provision-request.ts";
import { toRecordId } from "../orders/record-id.ts";
import type { SalesforceMapping } from "./mapping.ts";

/** What an event means, or why it means nothing: `reason` says which field is wrong and what to do. */
export type EventReading =
  | ProvisionRequest
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "wrong_org"; readonly reason: string };

/**
 * Makes a request of a decoded event. Only the order id is required; another field that is missing or unreadable
 * becomes null, because the order itself is read again before anything is done. An unknown request type is
 * refused: guessing could provision what was to be cancelled. Date-times are epoch milliseconds (Avro
 * `timestamp-millis`) or ISO 8601 text.
 *
 * @param ownOrgId the org that events have to come from, when the mapping says which field tells; 18 characters.
 */
export function readEvent(
  payload: Readonly<Record<string, unknown>>,
  mapping: SalesforceMapping,
  ownOrgId?: string,
): EventReading {
  const { fields } = mapping.event;
  // A decoded payload has every field of its schema: what is not there at all, the event as it is deployed lacks.
  if (!(fields.orderId in payload)) return { kind: "invalid", reason: driftReason(payload, mapping) };
  if (fields.orgId !== null && ownOrgId !== undefined && recordId(payload[fields.orgId]) !== ownOrgId) {
    const reason =
      `${fields.orgId} is ${shown(payload[fields.orgId])}, but this store serves org ${ownOrgId}; discard the event, ` +
      "or correct the publisher or the mapping and re-inject it";
    return { kind: "wrong_org", reason };
  }
  const orderId = recordId(payload[fields.orderId]);
  if (orderId === null) {
    const reason =
      `${fields.orderId} is ${shown(payload[fields.orderId])}, not a record id of 15 or 18 characters; ` +
      "correct the publisher or the mapping, then re-inject the event";
    return { kind: "invalid", reason };
  }
  const kind = requestKind(payload[fields.requestType], mapping);
  if (kind === null) {
    const { provision, cancel } = mapping.event.requestTypes;
    const reason =
      `${fields.requestType} is ${shown(payload[fields.requestType])}, but only "${provision}" and "${cancel}" ` +
      "are known; correct the publisher or the mapping, then re-inject the event";
    return { kind: "invalid", reason };
  }
  return {
    kind,
    orderId,
    requestKey: text(payload[fields.requestKey]),
    orderNumber: text(payload[fields.orderNumber]),
    accountId: recordId(payload[fields.accountId]),
    approvedAt: isoTime(payload[fields.approvedAt]) ?? isoTime(payload[fields.createdDate]),
    approvedById: recordId(payload[fields.approvedById]),
    orderModifiedAt: isoTime(payload[fields.orderModifiedAt]),
    totalAmount: amount(payload[fields.totalAmount]),
  };
}

/** Names every field that the mapping reads and the event's schema lacks: a renamed one is seldom alone. */
function driftReason(payload: Readonly<Record<string, unknown>>, mapping: SalesforceMapping): string {
  const { orderId, ...others } = mapping.event.fields;
  const alsoMissing = Object.values(others).filter((name) => name !== null && !(name in payload));
  const also = alsoMissing.length === 0 ? "" : ` (it lacks ${alsoMissing.join(", ")} too)`;
  return (
    `the event's schema has no field ${orderId}, which the mapping reads the order's id from${also}; ` +
    "correct the mapping, or the event in Salesforce, then re-inject the event"
  );
}

function requestKind(value: unknown, mapping: SalesforceMapping): ProvisionRequest["kind"] | null {
  if (value === undefined || value === null || value === "") return "provision";
  if (value === mapping.event.requestTypes.provision) return "provision";
  return value === mapping.event.requestTypes.cancel ? "cancel" : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function recordId(value: unknown): string | null {
  return typeof value === "string" ? (toRecordId(value) ?? null) : null;
}

function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function isoTime(value: unknown): string | null {
  const epochMs = typeof value === "bigint" ? Number(value) : value;
  if (typeof epochMs !== "number" && typeof epochMs !== "string") return null;
  const time = new Date(epochMs);
  return epochMs === "" || Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return value === null ? "null" : `a ${typeof value}`;
}
