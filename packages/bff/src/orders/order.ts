/**
 * An order as Sluice read it from Salesforce: the inputs of every provisioning step.
 * It is stored with the revision, so that a resumed step sees what the first attempt saw.
 */
export type OrderSnapshot = {
  /** 18-character record id. */
  readonly orderId: string;
  readonly orderNumber: string;
  /** `Order.Status` at the time of reading. */
  readonly status: string;
  /** `Order.StatusCode`: the category of the status, `Draft` or `Activated`. */
  readonly statusCode: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly totalAmount: number;
  /** How often the order was approved; `null` when the org does not keep the counter. */
  readonly approvalSequence: number | null;
  /** ISO 8601, UTC. */
  readonly approvedAt: string | null;
  readonly contact: OrderContact | null;
  readonly billingAddress: OrderAddress;
  readonly lines: readonly OrderLine[];
};

export type OrderContact = {
  readonly firstName: string | null;
  readonly lastName: string;
  readonly email: string | null;
  readonly phone: string | null;
};

export type OrderAddress = {
  readonly street: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postalCode: string | null;
  /** Two letters, ISO 3166-1. */
  readonly countryCode: string | null;
};

export type OrderLine = {
  /** 18-character id of the OrderItem. */
  readonly lineId: string;
  readonly productCode: string | null;
  readonly productName: string;
  readonly quantity: number;
  readonly unitPrice: number;
  /** Line that must work before this one can (`Depends_On__c`). */
  readonly dependsOn: string | null;
  /** Bundle line that this one is part of (`Bundle_Parent__c`). */
  readonly bundleParent: string | null;
};
