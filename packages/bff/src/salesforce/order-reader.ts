import { z } from "zod";
import type { Failure } from "../orders/failure.ts";
import type { OrderAddress, OrderContact, OrderLine, OrderSnapshot } from "../orders/order.ts";
import type { SalesforceConnection } from "./connection.ts";
import { countryCodeOf } from "./country-code.ts";
import type { SalesforceMapping } from "./mapping.ts";
import { orderQuery } from "./order-query.ts";
import type { QueriedRecord } from "./record-values.ts";
import { idAt, numberAt, required, textAt, timeAt, valueAt } from "./record-values.ts";
import { SalesforceError, failureOfSalesforce } from "./salesforce-error.ts";

/** `gone`: deleted, or not visible to the integration user; the query cannot tell which. */
export type OrderReading =
  | { readonly kind: "found"; readonly order: OrderSnapshot }
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly failure: Failure };

const pageShape = z.object({
  records: z.array(z.record(z.string(), z.unknown())),
  nextRecordsUrl: z.string().optional(),
});

type Page = z.output<typeof pageShape>;

/**
 * Reads an order with its lines, contact and address as they are now. `orderId` has 18 characters.
 *
 * @throws the reason of `signal` when the caller aborted; every other trouble is a `failed` reading.
 */
export async function readOrder(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  orderId: string,
  signal: AbortSignal,
): Promise<OrderReading> {
  try {
    const query = new URLSearchParams({ q: orderQuery(orderId, mapping) });
    const page = await readPage(connection, `/query?${query.toString()}`, orderId, signal);
    const [record] = page.records;
    if (record === undefined) return { kind: "gone" };
    const lines = await readLines(connection, record, mapping, orderId, signal);
    return { kind: "found", order: snapshotOf(record, lines, mapping, orderId) };
  } catch (reason) {
    if (!(reason instanceof SalesforceError)) throw reason;
    return { kind: "failed", failure: failureOfSalesforce(reason) };
  }
}

async function readPage(
  connection: SalesforceConnection,
  path: string,
  orderId: string,
  signal: AbortSignal,
): Promise<Page> {
  const what = `read order ${orderId}`;
  const parsed = pageShape.safeParse(await connection.request({ method: "GET", path, what }, signal));
  if (parsed.success) return parsed.data;
  throw new SalesforceError("unexpected", `could not ${what}: the answer is not a query result`);
}

/** An order without lines has null here; one with very many has them on further pages. */
async function readLines(
  connection: SalesforceConnection,
  order: QueriedRecord,
  mapping: SalesforceMapping,
  orderId: string,
  signal: AbortSignal,
): Promise<readonly OrderLine[]> {
  const first = pageShape.safeParse(valueAt(order, mapping.lines.relationship));
  if (!first.success) return [];
  const records = [...first.data.records];
  let next = first.data.nextRecordsUrl;
  while (next !== undefined) {
    const page = await readPage(connection, next, orderId, signal);
    records.push(...page.records);
    next = page.nextRecordsUrl;
  }
  return records.map((record) => lineOf(record, mapping, orderId));
}

function lineOf(record: QueriedRecord, mapping: SalesforceMapping, orderId: string): OrderLine {
  const { lines } = mapping;
  return {
    lineId: required(idAt(record, "Id"), "line id", orderId),
    productCode: textAt(record, lines.productCode),
    productName: textAt(record, lines.productName) ?? textAt(record, lines.productCode) ?? "unnamed product",
    quantity: required(numberAt(record, lines.quantity), lines.quantity, orderId),
    unitPrice: numberAt(record, lines.unitPrice) ?? 0,
    dependsOn: lines.dependsOn === null ? null : idAt(record, lines.dependsOn),
    bundleParent: lines.bundleParent === null ? null : idAt(record, lines.bundleParent),
  };
}

function snapshotOf(
  record: QueriedRecord,
  lines: readonly OrderLine[],
  mapping: SalesforceMapping,
  orderId: string,
): OrderSnapshot {
  const { fields } = mapping.order;
  return {
    orderId,
    orderNumber: required(textAt(record, fields.orderNumber), fields.orderNumber, orderId),
    status: required(textAt(record, fields.status), fields.status, orderId),
    statusCode: required(textAt(record, fields.statusCode), fields.statusCode, orderId),
    accountId: required(idAt(record, fields.accountId), fields.accountId, orderId),
    accountName: textAt(record, fields.accountName) ?? "",
    totalAmount: numberAt(record, fields.totalAmount) ?? 0,
    approvalSequence: fields.approvalSequence === null ? null : numberAt(record, fields.approvalSequence),
    approvedAt: fields.approvedAt === null ? null : timeAt(record, fields.approvedAt),
    contact: contactOf(record, fields.contacts),
    billingAddress: addressOf(record, fields.billingAddresses, fields.countryPart),
    lines,
  };
}

function contactOf(record: QueriedRecord, relationships: readonly string[]): OrderContact | null {
  for (const relationship of relationships) {
    const lastName = textAt(record, `${relationship}.LastName`);
    if (lastName === null) continue;
    return {
      firstName: textAt(record, `${relationship}.FirstName`),
      lastName,
      email: textAt(record, `${relationship}.Email`),
      phone: textAt(record, `${relationship}.Phone`),
    };
  }
  return null;
}

function addressOf(record: QueriedRecord, prefixes: readonly string[], countryPart: string): OrderAddress {
  const addresses = prefixes.map((prefix) => ({
    street: textAt(record, `${prefix}Street`),
    city: textAt(record, `${prefix}City`),
    state: textAt(record, `${prefix}State`),
    postalCode: textAt(record, `${prefix}PostalCode`),
    countryCode: countryCodeOf(textAt(record, `${prefix}${countryPart}`)),
  }));
  const filled = addresses.find((address) => Object.values(address).some((part) => part !== null));
  return filled ?? { street: null, city: null, state: null, postalCode: null, countryCode: null };
}
