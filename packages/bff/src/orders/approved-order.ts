/** The latest approval of an order, as the order's own record tells of it. */
export type ApprovedOrder = {
  /** 18 characters. */
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly accountId: string | null;
  readonly status: string;
  /** 0 for an order that was inserted as approved and never counted; null when the org keeps no counter. */
  readonly approvalSequence: number | null;
  /** ISO 8601, UTC; when the order was created if nothing says when it was approved, which is never later. */
  readonly approvedAt: string | null;
  /** Null: a record keeps who changed it last, not who approved it. */
  readonly approvedById: string | null;
  /** ISO 8601, UTC; moves with every change, by whatever means. */
  readonly modifiedAt: string;
  readonly totalAmount: number | null;
};

/** The same with what the order says of its provisioning. */
export type ComparedOrder = ApprovedOrder & { readonly provisioningStatus: string | null };
