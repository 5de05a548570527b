import { toRecordId } from "../orders/record-id.ts";
import { SalesforceError } from "./salesforce-error.ts";

/** One record of a query's answer: fields by name, parents as nested records. */
export type QueriedRecord = Readonly<Record<string, unknown>>;

/** The value at a path such as `Account.Name`; null when the field is empty or a parent on the way is. */
export function valueAt(record: QueriedRecord, path: string): unknown {
  let value: unknown = record;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return null;
    value = Reflect.get(value, name) ?? null;
  }
  return value;
}

export function textAt(record: QueriedRecord, path: string): string | null {
  const value = valueAt(record, path);
  return typeof value === "string" && value !== "" ? value : null;
}

export function numberAt(record: QueriedRecord, path: string): number | null {
  const value = valueAt(record, path);
  return typeof value === "number" ? value : null;
}

/** ISO 8601, UTC; Salesforce writes the offset without a colon. */
export function timeAt(record: QueriedRecord, path: string): string | null {
  const value = textAt(record, path);
  if (value === null) return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

export function idAt(record: QueriedRecord, path: string): string | null {
  const value = textAt(record, path);
  return value === null ? null : (toRecordId(value) ?? null);
}

/** @throws {SalesforceError} `unexpected` when a value is missing that Sluice cannot do without. */
export function required<Value>(value: Value | null, path: string, orderId: string): Value {
  if (value !== null) return value;
  const detail = `order ${orderId} has no readable ${path}; check the mapping and the integration user's field access`;
  throw new SalesforceError("unexpected", detail);
}
