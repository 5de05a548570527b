import { findAddon, findProduct } from "./catalogue.ts";
import { indexedField, parseInteger } from "./form.ts";
import type { Form } from "./form.ts";
import type { NewOrderLine } from "./order-store.ts";
import { readSluiceKey } from "./php-array.ts";

export const paymentMethods: readonly string[] = ["banktransfer", "stripe"];

/** What AddOrder was asked for, or the text with which it is refused. */
export type OrderLines =
  | { readonly kind: "lines"; readonly lines: readonly NewOrderLine[] }
  | { readonly kind: "refused"; readonly message: string };

/** Reads the parallel arrays of AddOrder: entry n of each belongs to product n. */
export function readOrderLines(form: Form): OrderLines {
  const pids = [...indexedField(form, "pid")].sort(([left], [right]) => left - right);
  const cycles = indexedField(form, "billingcycle");
  const quantities = indexedField(form, "qty");
  const customFields = indexedField(form, "customfields");
  const prices = indexedField(form, "priceoverride");
  const addonLists = indexedField(form, "addons");
  const lines: NewOrderLine[] = [];
  for (const [index, pidText] of pids) {
    const product = findProduct(parseInteger(pidText.trim()));
    if (product === undefined) return { kind: "refused", message: "Product ID Not Found" };
    const addons = readAddons(addonLists.get(index) ?? "");
    if (addons === undefined) return { kind: "refused", message: "Addon ID Not Found" };
    const quantity = Math.max(1, parseInteger(quantities.get(index) ?? "") ?? 1);
    const unitCents = readCents(prices.get(index) ?? "") ?? product.priceCents;
    lines.push({
      pid: product.pid,
      billingCycle: cycles.get(index)?.trim() || product.cycle,
      quantity,
      amountCents: unitCents * quantity,
      sluiceKey: readSluiceKey(customFields.get(index) ?? ""),
      addons,
    });
  }
  if (lines.length === 0) {
    return { kind: "refused", message: "No items added to cart so order cannot proceed" };
  }
  return { kind: "lines", lines };
}

function readAddons(list: string): NewOrderLine["addons"] | undefined {
  const addons: { addonId: number; amountCents: number }[] = [];
  for (const text of list.split(",").filter((part) => part.trim() !== "")) {
    const addon = findAddon(parseInteger(text.trim()));
    if (addon === undefined) return undefined;
    addons.push({ addonId: addon.addonId, amountCents: addon.priceCents });
  }
  return addons;
}

function readCents(text: string): number | undefined {
  return /^\d{1,7}(\.\d{1,2})?$/.test(text.trim()) ? Math.round(Number(text) * 100) : undefined;
}
