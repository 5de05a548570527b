import { z } from "zod";
import type { OrgSession } from "./org-session.ts";

const orgOrder = z.object({
  Id: z.string(),
  Status: z.string(),
  Approval_Sequence__c: z.number().nullable(),
  Provisioning_Status__c: z.string().nullable(),
  Provisioning_Version__c: z.number().nullable(),
  Provisioning_Error_Code__c: z.string().nullable(),
});

/** An order as any reader of the org sees it. */
export type OrgOrder = z.infer<typeof orgOrder>;

/** All orders that were ever approved. */
export function readApprovedOrders(org: OrgSession): Promise<readonly OrgOrder[]> {
  const fields = Object.keys(orgOrder.shape).join(", ");
  return org.query(`SELECT ${fields} FROM Order WHERE Approval_Sequence__c > 0 ORDER BY Id`, orgOrder);
}

/** Where an order has come to; `open` when it is still on its way. */
export type Fate = "completed" | "held" | "pending" | "cancelled" | "failed" | "open";

export function fateOf(order: OrgOrder): Fate {
  const isCancelled = order.Status === "Cancelled";
  const status = order.Provisioning_Status__c ?? "Not Requested";
  switch (status) {
    case "Completed":
      // Whoever cancels an order whose service works already has to undo that by a new order.
      return order.Status === "Activated" || isCancelled ? "completed" : "open";
    case "Held":
      return "held";
    case "Pending":
      return "pending";
    case "Cancelled":
      return "cancelled";
    case "Failed":
      return "failed";
    case "Not Requested":
      // Cancelled before anybody here knew of it; that no effect was made for it is for others to judge.
      return isCancelled ? "cancelled" : "open";
    default:
      return "open";
  }
}
