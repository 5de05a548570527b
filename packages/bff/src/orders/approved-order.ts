/** An order's record as it is now, as far as it tells of an approval. */
export type ApprovedOrder = {
  /** 18 characters. */
  readonly orderId: string;
  readonly orderNumber: string | null;
  readonly accountId: string | null;
  /** The value of `Order.Status`. */
  readonly status: string;
  /** Null when the org keeps no counter, or the order was never approved. */
  readonly approvalSequence: number | null;
  /** ISO 8601, UTC. */
  readonly approvedAt: string | null;
  readonly approvedById: string | null;
  readonly modifiedAt: string | null;
  readonly totalAmount: number | null;
};
