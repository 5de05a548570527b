/** The systems that are stood in for. */
export const systems = ["billing", "network", "mail"] as const;
export type SystemName = (typeof systems)[number];

/** What billing answers; names are WHMCS's own. `Unknown` is any action it has never heard of. */
export const billingOperations = [
  "GetClients",
  "GetClientsDetails",
  "AddClient",
  "AddOrder",
  "GetOrders",
  "AcceptOrder",
  "CancelOrder",
  "GetClientsProducts",
  "GetProducts",
  "Unknown",
] as const;
export type BillingOperation = (typeof billingOperations)[number];

export const networkOperations = ["CreateService", "ListServices", "GetService", "GetMonitor"] as const;
export type NetworkOperation = (typeof networkOperations)[number];

/** An operation with its system in front, as records and faults name it. */
export type QualifiedOperation = `billing.${BillingOperation}` | `network.${NetworkOperation}` | "mail.Send";

export const qualifiedOperations: readonly QualifiedOperation[] = [
  ...billingOperations.map((operation): QualifiedOperation => `billing.${operation}`),
  ...networkOperations.map((operation): QualifiedOperation => `network.${operation}`),
  "mail.Send",
];

/** One operation of one system, apart, as the tables hold it. */
export type Operation =
  | { readonly system: "billing"; readonly operation: BillingOperation }
  | { readonly system: "network"; readonly operation: NetworkOperation }
  | { readonly system: "mail"; readonly operation: "Send" };

export function qualifiedName(operation: Operation): QualifiedOperation {
  switch (operation.system) {
    case "billing":
      return `billing.${operation.operation}`;
    case "network":
      return `network.${operation.operation}`;
    case "mail":
      return "mail.Send";
  }
}
