import type { OrgRecord } from "../org-core.ts";
import { completeLine } from "./order-rules.ts";
import type { RecordStore } from "./record-store.ts";

export type DeriveOptions = {
  readonly store: RecordStore;
  readonly orderStatusCodes: ReadonlyMap<string, string>;
  readonly nowIso: string;
  readonly userId: string;
};

/** Sets the fields that the org computes from others. Running it twice changes nothing more. */
export function deriveFields(
  objectName: string,
  record: OrgRecord,
  prior: OrgRecord | undefined,
  options: DeriveOptions,
): OrgRecord {
  switch (objectName) {
    case "Order":
      return deriveOrder(record, prior, options);
    case "OrderItem":
      return completeLine(record, lineSources(record, options.store));
    case "PricebookEntry": {
      const product = find(options.store, "Product2", record["Product2Id"]);
      return { ...record, ProductCode: product?.["ProductCode"] ?? null };
    }
    case "Contact":
    case "User":
      return { ...record, Name: fullName(record) };
    default:
      return record;
  }
}

/** The order and the price book entry of a line. */
export function lineSources(line: OrgRecord, store: RecordStore) {
  return {
    order: find(store, "Order", line["OrderId"]),
    entry: find(store, "PricebookEntry", line["PricebookEntryId"]),
  };
}

function deriveOrder(record: OrgRecord, prior: OrgRecord | undefined, options: DeriveOptions): OrgRecord {
  const statusCode = options.orderStatusCodes.get(String(record["Status"])) ?? "Draft";
  const isActivation =
    statusCode === "Activated" && prior?.["StatusCode"] === "Draft" && record["Status"] !== prior["Status"];
  return {
    ...record,
    StatusCode: statusCode,
    ...(isActivation ? { ActivatedDate: options.nowIso, ActivatedById: options.userId } : {}),
  };
}

function find(
  store: RecordStore,
  objectName: string,
  id: OrgRecord[string] | undefined,
): OrgRecord | undefined {
  return typeof id === "string" ? store.get(objectName, id) : undefined;
}

function fullName(record: OrgRecord): string {
  return [record["FirstName"], record["LastName"]].filter((part) => typeof part === "string").join(" ");
}
