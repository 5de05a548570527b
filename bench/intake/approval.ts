/** The events of the drain: approvals of orders that are all different, so that each must become a job of its own. */
import { toRecordId } from "../../packages/bff/src/orders/record-id.ts";

export const approvalTopic = "/event/OrderProvisionRequested__e";

const firstApprovedAtMs = Date.UTC(2026, 0, 1);
const ordersOfAnAccount = 20;

/** What the org's flow publishes when the order numbered `index` is approved for the first time. */
export function approvalAt(index: number): Readonly<Record<string, unknown>> {
  const orderId = recordId("801Hs", index);
  const approvedAtMs = firstApprovedAtMs + index * 1_000;
  return {
    CreatedDate: approvedAtMs,
    CreatedById: recordId("005Hs", 1),
    Order_Id__c: orderId,
    Request_Type__c: "Provision",
    Request_Key__c: `${orderId}-1-P`,
    Order_Number__c: String(index).padStart(8, "0"),
    Account_Id__c: recordId("001Hs", Math.floor(index / ordersOfAnAccount)),
    Approved_At__c: approvedAtMs,
    Approved_By_Id__c: recordId("005Hs", 1),
    Order_Modified_At__c: approvedAtMs,
    Total_Amount__c: (index % 1_000) + 0.5,
  };
}

function recordId(prefix: string, index: number): string {
  const base = prefix + index.toString(36).padStart(15 - prefix.length, "0");
  const id = toRecordId(base);
  if (id === undefined) throw new Error(`${base} is no record id`);
  return id;
}
