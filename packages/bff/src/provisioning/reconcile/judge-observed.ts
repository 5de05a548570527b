import type { ComparedOrder } from "../../orders/approved-order.ts";
import type { OrderStanding } from "../../orders/order-standing.ts";
import type { LedgerOrder } from "../../store/compared-orders.ts";

/** What would have been done for orders that came while observing, beside what the org shows. */
export type ObservedReport = {
  readonly compared: number;
  readonly agree: number;
  /** Too young to tell, or cancelled since. */
  readonly undecided: number;
  readonly differ: number;
  /** Of those that differ, the first ones. */
  readonly differences: readonly Difference[];
};

export type Difference = {
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly wouldDo: string;
  readonly status: string;
  readonly detail: string;
};

/** Another solution may take so long to activate an order. */
const PROVISIONED_WITHIN_MS = 3_600_000;

/** Tells whether the org's order came out as it would have here. */
export function judgeObserved(
  ledger: LedgerOrder & { readonly wouldDo: string },
  shown: ComparedOrder,
  standing: OrderStanding,
  nowMs: number,
): "agrees" | "undecided" | Difference {
  const differs = (detail: string): Difference => ({
    orderId: ledger.orderId,
    orderNumber: ledger.orderNumber,
    wouldDo: ledger.wouldDo,
    status: shown.status,
    detail,
  });
  if (ledger.wouldDo !== "provision") {
    return standing === "activated"
      ? differs(
          ledger.wouldDo === "hold"
            ? "It was activated, and would have been held here: see why in its timeline."
            : "It was activated, and would have been left alone here: it was cancelled when it was looked at.",
        )
      : "agrees";
  }
  if (standing === "activated") return "agrees";
  if (standing === "cancelled") return "undecided";
  const approvedMs = shown.approvedAt === null ? nowMs : Date.parse(shown.approvedAt);
  return nowMs - approvedMs <= PROVISIONED_WITHIN_MS
    ? "undecided"
    : differs("It would have been provisioned here, and is not activated an hour after its approval.");
}
