import type { OrderStanding } from "../orders/order-standing.ts";
import type { RevisionState } from "../orders/revision-state.ts";

/**
 * Every name that Sluice reads or writes in Salesforce. Real orgs have their own: a deployment passes a changed
 * copy of `defaultMapping`; nothing else in Sluice names a field, a status or a topic.
 */
export type SalesforceMapping = {
  /** The event that an approval publishes. */
  readonly event: {
    readonly topic: string;
    readonly fields: EventFields;
    /** Values of `fields.requestType`; an empty field means `provision`. */
    readonly requestTypes: { readonly provision: string; readonly cancel: string };
  };
  readonly order: {
    readonly object: string;
    readonly fields: OrderFields;
    readonly statuses: {
      readonly approved: string;
      readonly activated: string;
      readonly cancelled: string;
      /** Those that an order has before its approval: back in one of them it is being worked on again. */
      readonly withdrawn: readonly string[];
    };
  };
  readonly lines: LineMapping;
  readonly provisioning: {
    readonly fields: ProvisioningFields;
    readonly statuses: ProvisioningStatuses;
  };
};

/** API names of the event's fields. Only `orderId` has to exist in an org. */
export type EventFields = {
  readonly orderId: string;
  readonly requestType: string;
  readonly requestKey: string;
  readonly orderNumber: string;
  readonly accountId: string;
  readonly approvedAt: string;
  /** When the event was published: stands in for a missing `approvedAt`; every platform event has it. */
  readonly createdDate: string;
  readonly approvedById: string;
  readonly orderModifiedAt: string;
  readonly totalAmount: string;
  /** The org that published it; null when the org's event has no such field. An event of another org is quarantined. */
  readonly orgId: string | null;
};

/** Paths from the Order, relationships included. */
export type OrderFields = {
  readonly orderNumber: string;
  readonly status: string;
  readonly statusCode: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly totalAmount: string;
  /** Null when the org keeps no approval counter. */
  readonly approvalSequence: string | null;
  readonly approvedAt: string | null;
  /** Relationships to Contact; the first one that is set is the order's contact. */
  readonly contacts: readonly string[];
  /** Prefixes of address parts (`…Street`, `…City`); the first address that is not empty is taken. */
  readonly billingAddresses: readonly string[];
  /** `Country`, which every org has, or `CountryCode` where state and country picklists are on. */
  readonly countryPart: string;
};

/** The child relationship of the lines, and paths from one line. */
export type LineMapping = {
  readonly relationship: string;
  readonly orderBy: string;
  readonly productCode: string;
  readonly productName: string;
  readonly quantity: string;
  readonly unitPrice: string;
  /** Null when the org has no such look-up. */
  readonly dependsOn: string | null;
  readonly bundleParent: string | null;
};

/** Fields on the Order that Sluice alone writes. */
export type ProvisioningFields = {
  readonly status: string;
  readonly version: string;
  readonly step: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly completedAt: string;
};

export type ProvisioningStatuses = {
  readonly notRequested: string;
  readonly acknowledged: string;
  readonly inProgress: string;
  readonly pending: string;
  readonly held: string;
  readonly completed: string;
  readonly failed: string;
  readonly cancelled: string;
};

/** The names of the metadata that Sluice ships. */
export const defaultMapping: SalesforceMapping = {
  event: {
    topic: "/event/OrderProvisionRequested__e",
    fields: {
      orderId: "Order_Id__c",
      requestType: "Request_Type__c",
      requestKey: "Request_Key__c",
      orderNumber: "Order_Number__c",
      accountId: "Account_Id__c",
      approvedAt: "Approved_At__c",
      createdDate: "CreatedDate",
      approvedById: "Approved_By_Id__c",
      orderModifiedAt: "Order_Modified_At__c",
      totalAmount: "Total_Amount__c",
      orgId: null,
    },
    requestTypes: { provision: "Provision", cancel: "Cancel" },
  },
  order: {
    object: "Order",
    fields: {
      orderNumber: "OrderNumber",
      status: "Status",
      statusCode: "StatusCode",
      accountId: "AccountId",
      accountName: "Account.Name",
      totalAmount: "TotalAmount",
      approvalSequence: "Approval_Sequence__c",
      approvedAt: "Approved_At__c",
      contacts: ["BillToContact", "ShipToContact"],
      billingAddresses: ["Billing", "Account.Billing"],
      countryPart: "Country",
    },
    statuses: {
      approved: "Approved",
      activated: "Activated",
      cancelled: "Cancelled",
      withdrawn: ["Draft", "In Review"],
    },
  },
  lines: {
    relationship: "OrderItems",
    orderBy: "OrderItemNumber",
    productCode: "Product2.ProductCode",
    productName: "Product2.Name",
    quantity: "Quantity",
    unitPrice: "UnitPrice",
    dependsOn: "Depends_On__c",
    bundleParent: "Bundle_Parent__c",
  },
  provisioning: {
    fields: {
      status: "Provisioning_Status__c",
      version: "Provisioning_Version__c",
      step: "Provisioning_Step__c",
      errorCode: "Provisioning_Error_Code__c",
      errorMessage: "Provisioning_Error_Message__c",
      startedAt: "Provisioning_Started_At__c",
      updatedAt: "Provisioning_Updated_At__c",
      completedAt: "Provisioning_Completed_At__c",
    },
    statuses: {
      notRequested: "Not Requested",
      acknowledged: "Acknowledged",
      inProgress: "In Progress",
      pending: "Pending",
      held: "Held",
      completed: "Completed",
      failed: "Failed",
      cancelled: "Cancelled",
    },
  },
};

/** What a value of `Order.Status` means for us. */
export function standingOf(status: string, mapping: SalesforceMapping): "approved" | "cancelled" | "other" {
  const { approved, cancelled } = mapping.order.statuses;
  if (status === approved) return "approved";
  return status === cancelled ? "cancelled" : "other";
}

/** The same in full, for comparing what an order is with what was done for it. */
export function orderStandingOf(status: string, mapping: SalesforceMapping): OrderStanding {
  const { activated, withdrawn } = mapping.order.statuses;
  if (status === activated) return "activated";
  return withdrawn.includes(status) ? "withdrawn" : standingOf(status, mapping);
}

/**
 * The value of the provisioning status for a revision's state; `null` for states that Salesforce never sees.
 * An order whose effects are being undone is still in progress: `Cancelled` is written once nothing is left.
 */
export function provisioningStatusOf(state: RevisionState, mapping: SalesforceMapping): string | null {
  const { statuses } = mapping.provisioning;
  const byState: Readonly<Record<RevisionState, string | null>> = {
    queued: statuses.acknowledged,
    running: statuses.inProgress,
    waiting: statuses.inProgress,
    cancelling: statuses.inProgress,
    customer: statuses.pending,
    held: statuses.held,
    completed: statuses.completed,
    cancelled: statuses.cancelled,
    failed: statuses.failed,
    before_go_live: null,
    absorbed: null,
  };
  return byState[state];
}
