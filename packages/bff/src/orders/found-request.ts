import type { ApprovedOrder } from "./approved-order.ts";
import type { JsonObject } from "./json.ts";
import type { ProvisionRequest } from "./provision-request.ts";

/** A request that no event told of, made of the order's record. */
export type FoundRequest = {
  /** `sweep-<request key>`: found twice, it is the same. */
  readonly eventId: string;
  readonly payload: JsonObject;
  readonly request: ProvisionRequest & { readonly requestKey: string };
};

/**
 * The request that the order's event would have made. With the org's counter the key is the event's own, so that an
 * event that comes late is a duplicate. Without one the key is told by the time of the approval: a late event is then
 * absorbed, because its key names the event.
 */
export function foundRequest(order: ApprovedOrder, kind: ProvisionRequest["kind"]): FoundRequest {
  const requestKey = `${order.orderId}-${numberOf(order)}-${kind === "provision" ? "P" : "C"}`;
  return {
    eventId: `sweep-${requestKey}`,
    // Only what can never differ for this key: the inbox takes another payload under one id for a forgery.
    payload: { foundBy: "sweep", kind, orderId: order.orderId, requestKey },
    request: {
      kind,
      orderId: order.orderId,
      requestKey,
      orderNumber: order.orderNumber,
      accountId: order.accountId,
      approvedAt: order.approvedAt,
      approvedById: order.approvedById,
      orderModifiedAt: order.modifiedAt,
      totalAmount: order.totalAmount,
    },
  };
}

function numberOf(order: ApprovedOrder): string {
  if (order.approvalSequence !== null) return String(order.approvalSequence);
  const seconds = order.approvedAt === null ? 0 : Math.floor(Date.parse(order.approvedAt) / 1000);
  return `at${seconds}`;
}
