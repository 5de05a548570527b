import type { ObjectDefinition } from "../../org-core.ts";
import {
  address,
  currency,
  date,
  dateTime,
  flag,
  longText,
  lookup,
  number,
  object,
  picklist,
  text,
} from "./define-field.ts";

/** Values of `Order.Status` in an org that was not changed, each with its StatusCode. */
export const standardOrderStatuses: ReadonlyMap<string, string> = new Map([
  ["Draft", "Draft"],
  ["Activated", "Activated"],
]);

/** Orders and their lines. */
export const orderObjects: readonly ObjectDefinition[] = [
  object("Order", "801", [
    text("OrderNumber", 30, { writable: "never", autoNumber: "{00000000}" }),
    text("Name", 80, { label: "Order Name" }),
    lookup("AccountId", "Account", { onParentDelete: "restrict" }),
    lookup("Pricebook2Id", "Pricebook2", { onParentDelete: "restrict" }),
    picklist("Status", { required: true, values: [...standardOrderStatuses.keys()], defaultValue: "Draft" }),
    picklist("StatusCode", { writable: "never", values: ["Draft", "Activated"] }),
    date("EffectiveDate", { required: true, label: "Order Start Date" }),
    date("EndDate"),
    picklist("Type"),
    longText("Description", 32_000),
    text("PoNumber", 80),
    text("OrderReferenceNumber", 80),
    lookup("BillToContactId", "Contact"),
    lookup("ShipToContactId", "Contact"),
    ...address("Billing"),
    ...address("Shipping"),
    currency("TotalAmount", { writable: "never", defaultValue: 0 }),
    dateTime("ActivatedDate", { writable: "never" }),
    lookup("ActivatedById", "User", { writable: "never" }),
    lookup("OriginalOrderId", "Order", { writable: "create", onParentDelete: "restrict" }),
    flag("IsReductionOrder", { writable: "create" }),
    lookup("OwnerId", "User"),
  ]),
  object("OrderItem", "802", [
    text("OrderItemNumber", 30, { writable: "never", autoNumber: "{0000000000}" }),
    lookup("OrderId", "Order", { required: true, writable: "create", onParentDelete: "cascade" }),
    lookup("PricebookEntryId", "PricebookEntry", {
      required: true,
      writable: "create",
      onParentDelete: "restrict",
    }),
    lookup("Product2Id", "Product2", { writable: "create", onParentDelete: "restrict" }),
    number("Quantity", 18, 2, { required: true }),
    currency("UnitPrice"),
    currency("ListPrice", { writable: "never" }),
    currency("TotalPrice", { writable: "never" }),
    date("ServiceDate"),
    date("EndDate"),
    text("Description", 255),
  ]),
];
