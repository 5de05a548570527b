import type { ObjectDefinition } from "../../org-core.ts";
import { currency, flag, longText, lookup, object, picklist, text } from "./define-field.ts";

/** What can be ordered, and at what price. */
export const catalogueObjects: readonly ObjectDefinition[] = [
  object("Product2", "01t", [
    text("Name", 255, { required: true, label: "Product Name" }),
    text("ProductCode", 255),
    text("StockKeepingUnit", 180),
    picklist("Family"),
    flag("IsActive"),
    longText("Description", 4_000),
    picklist("QuantityUnitOfMeasure"),
  ]),
  object("Pricebook2", "01s", [
    text("Name", 255, { required: true, label: "Price Book Name" }),
    flag("IsActive"),
    flag("IsStandard", { writable: "never" }),
    longText("Description", 255),
  ]),
  object("PricebookEntry", "01u", [
    lookup("Pricebook2Id", "Pricebook2", { required: true, writable: "create", onParentDelete: "cascade" }),
    lookup("Product2Id", "Product2", { required: true, writable: "create", onParentDelete: "cascade" }),
    currency("UnitPrice", { required: true }),
    flag("IsActive"),
    flag("UseStandardPrice"),
    text("ProductCode", 255, { writable: "never" }),
  ]),
];
