import type { Failure } from "../../../orders/failure.ts";
import type { BillingContext } from "./call-context.ts";
import type { BillingProduct } from "./read-products.ts";
import { keyOf, readProducts } from "./read-products.ts";

export type KeySearch =
  | {
      readonly kind: "searched";
      /** Distinct, oldest first. */
      readonly billingOrderIds: readonly string[];
      readonly serviceIds: readonly string[];
    }
  | { readonly kind: "failed"; readonly failure: Failure };

const pageSize = 100;

/** Which billing orders of a customer carry our key. WHMCS cannot search by custom field, so every page is read. */
export async function findOrdersByKey(
  clientId: string,
  key: string,
  context: BillingContext,
  signal: AbortSignal,
): Promise<KeySearch> {
  const found: BillingProduct[] = [];
  for (let start = 0; ; start += pageSize) {
    const page = await readProducts({ clientId, start, size: pageSize }, context, signal);
    if (page.kind === "failed") return page;
    const { products, total } = page;
    found.push(...products.filter((product) => keyOf(product, context.keyFieldId) === key));
    if (products.length === 0 || start + products.length >= total) break;
  }
  return {
    kind: "searched",
    billingOrderIds: [...new Set(found.map((product) => product.orderid))],
    serviceIds: found.map((product) => product.id),
  };
}
