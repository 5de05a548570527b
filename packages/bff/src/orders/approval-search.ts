import type { ApprovedOrder } from "./approved-order.ts";

/** Which orders to look for. Times are ISO 8601, UTC, both ends included. */
export type ApprovalScope =
  /** Approved or cancelled as they are now: what the sweep looks through. */
  | {
      readonly kind: "standing";
      readonly approvedFrom: string;
      readonly approvedUntil: string;
      /** Null: however long ago they changed. */
      readonly modifiedSince: string | null;
    }
  /** Approved in a window, whatever they are now: what a gap is checked by. */
  | { readonly kind: "window"; readonly approvedFrom: string; readonly approvedUntil: string }
  | { readonly kind: "orders"; readonly orderIds: readonly string[] };

export type ApprovalPage<Order extends ApprovedOrder = ApprovedOrder> = {
  readonly orders: readonly Order[];
  /** As it was sent. */
  readonly query: string;
};

/** Whether the signed-in user sees all orders. */
export type OrderVisibility = {
  readonly kind: "all" | "limited";
  /** The user's name. */
  readonly user: string;
  /** What grants it; null when nothing does. */
  readonly grantedBy: string | null;
  readonly queries: readonly string[];
};
