import { OrgError } from "../org-core.ts";
import type { OrgRecord } from "../org-core.ts";

/** The save of an Order as its rules see it. `input` holds what the client sent. */
export type OrderSave = {
  readonly record: OrgRecord;
  readonly prior: OrgRecord | undefined;
  readonly input: OrgRecord;
  readonly lineCount: number;
  /** Whether another order takes products of this one back. */
  readonly hasReductions: boolean;
};

/**
 * The life cycle of an Order: it is made as a draft; activation needs a line and changes nothing but the status; an
 * active order keeps its account, and becomes a draft again unless products were taken back; an assigned price book
 * stays.
 *
 * @throws {OrgError}
 */
export function checkOrder({ record, prior, input, lineCount, hasReductions }: OrderSave): void {
  const isActive = record["StatusCode"] === "Activated";
  if (prior === undefined) {
    if (!isActive) return;
    throw new OrgError("FAILED_ACTIVATION", "A new order must have a status of the Draft category.", [
      "Status",
    ]);
  }
  const wasActive = prior["StatusCode"] === "Activated";
  if (prior["Pricebook2Id"] !== null && record["Pricebook2Id"] !== prior["Pricebook2Id"]) {
    const message = "The price book of an order cannot be changed once it is assigned.";
    throw new OrgError("FIELD_INTEGRITY_EXCEPTION", message, ["Pricebook2Id"]);
  }
  if (wasActive && record["AccountId"] !== prior["AccountId"]) {
    throw new OrgError("ENTITY_IS_LOCKED", "The account of an activated order cannot be changed.", [
      "AccountId",
    ]);
  }
  // A save that leaves the status alone is no step in the life cycle, whatever the status stands for by now.
  if (record["Status"] === prior["Status"] || isActive === wasActive) return;
  if (wasActive) {
    if (!hasReductions) return;
    const message = "An activated order with reduction orders cannot become a draft again.";
    throw new OrgError("FIELD_INTEGRITY_EXCEPTION", message, ["Status"]);
  }
  const others = Object.keys(input).filter((name) => name !== "Status" && input[name] !== prior[name]);
  if (others.length > 0) {
    const message = `An order is activated by an update of Status alone; leave out ${others.join(", ")}.`;
    throw new OrgError("FAILED_ACTIVATION", message, others);
  }
  if (lineCount === 0) {
    throw new OrgError("FAILED_ACTIVATION", "An order must have at least one product to be activated.", [
      "Status",
    ]);
  }
}

/** @throws {OrgError} for an order that is active; it has to become a draft first. */
export function checkOrderDeletion(order: OrgRecord): void {
  if (order["StatusCode"] !== "Activated") return;
  throw new OrgError("DELETE_FAILED", "An activated order cannot be deleted.", ["Status"]);
}

/** What a line is sold from. */
export type LineSources = {
  readonly order: OrgRecord | undefined;
  readonly entry: OrgRecord | undefined;
};

/** Fills in what a line takes from its price book entry, and its total. */
export function completeLine(line: OrgRecord, { entry }: LineSources): OrgRecord {
  const unitPrice = line["UnitPrice"] ?? entry?.["UnitPrice"] ?? null;
  return {
    ...line,
    Product2Id: line["Product2Id"] ?? entry?.["Product2Id"] ?? null,
    UnitPrice: unitPrice,
    ListPrice: line["ListPrice"] ?? entry?.["UnitPrice"] ?? null,
    TotalPrice: toCents(Number(line["Quantity"] ?? 0) * Number(unitPrice ?? 0)),
  };
}

/**
 * A line belongs to an order that is not active, and its price to the order's price book.
 *
 * @throws {OrgError}
 */
export function checkLine(line: OrgRecord, { order, entry }: LineSources): void {
  checkLineIsFree(order);
  if (entry?.["Pricebook2Id"] !== order?.["Pricebook2Id"]) {
    const message = "The price book entry is in another price book than the one assigned to the order.";
    throw new OrgError("FIELD_INTEGRITY_EXCEPTION", message, ["PricebookEntryId"]);
  }
  if (entry?.["Product2Id"] !== line["Product2Id"]) {
    const message = "The product is another one than that of the price book entry.";
    throw new OrgError("FIELD_INTEGRITY_EXCEPTION", message, ["Product2Id"]);
  }
  if (Number(line["Quantity"]) <= 0) {
    throw new OrgError("FIELD_INTEGRITY_EXCEPTION", "The quantity of a line must be more than zero.", [
      "Quantity",
    ]);
  }
}

/** @throws {OrgError} for a line of an active order. */
export function checkLineIsFree(order: OrgRecord | undefined): void {
  if (order?.["StatusCode"] !== "Activated") return;
  const message = "The products of an activated order cannot be changed.";
  throw new OrgError("ENTITY_IS_LOCKED", message, ["OrderId"]);
}

export function totalOf(lines: readonly OrgRecord[]): number {
  return toCents(lines.reduce((sum, line) => sum + Number(line["TotalPrice"] ?? 0), 0));
}

/** Sums of binary fractions drift; money has two digits after the point. */
function toCents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
