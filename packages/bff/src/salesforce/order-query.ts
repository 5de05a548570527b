import type { SalesforceMapping } from "./mapping.ts";

const contactParts = ["FirstName", "LastName", "Email", "Phone"] as const;
const addressParts = ["Street", "City", "State", "PostalCode"] as const;

/** One query for all that a provisioning step may need to know of an order. `orderId` is a checked record id. */
export function orderQuery(orderId: string, mapping: SalesforceMapping): string {
  const { object, fields } = mapping.order;
  const paths = [
    "Id",
    fields.orderNumber,
    fields.status,
    fields.statusCode,
    fields.accountId,
    fields.accountName,
    fields.totalAmount,
    fields.approvalSequence,
    fields.approvedAt,
    ...fields.contacts.flatMap((contact) => contactParts.map((part) => `${contact}.${part}`)),
    ...fields.billingAddresses.flatMap((prefix) =>
      [...addressParts, fields.countryPart].map((part) => `${prefix}${part}`),
    ),
  ];
  return `SELECT ${list(paths)}, (${linesQuery(mapping)}) FROM ${object} WHERE Id = '${orderId}'`;
}

function linesQuery(mapping: SalesforceMapping): string {
  const { lines } = mapping;
  const paths = [
    "Id",
    lines.productCode,
    lines.productName,
    lines.quantity,
    lines.unitPrice,
    lines.dependsOn,
    lines.bundleParent,
  ];
  return `SELECT ${list(paths)} FROM ${lines.relationship} ORDER BY ${lines.orderBy}`;
}

/** A mapping may name one path twice, which Salesforce refuses. */
function list(paths: readonly (string | null)[]): string {
  return [...new Set(paths.filter((path) => path !== null))].join(", ");
}
