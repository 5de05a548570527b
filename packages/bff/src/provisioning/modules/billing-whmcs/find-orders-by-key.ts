import { z } from "zod";
import type { Failure } from "../../../orders/failure.ts";
import type { BillingContext } from "./call-context.ts";
import { failureOfRefusal } from "./signals.ts";
import { whmcsId } from "./whmcs-client.ts";

export type KeySearch =
  | {
      readonly kind: "searched";
      /** Distinct, oldest first. */
      readonly billingOrderIds: readonly string[];
      readonly serviceIds: readonly string[];
    }
  | { readonly kind: "failed"; readonly failure: Failure };

const pageSize = 100;

const productShape = z.object({
  id: whmcsId,
  orderid: whmcsId,
  // A product without custom fields carries an empty string, as every empty list of WHMCS does.
  customfields: z.union([
    z.literal(""),
    z.object({ customfield: z.array(z.object({ id: whmcsId, value: z.string() })) }),
  ]),
});
const pageShape = z.object({
  totalresults: z.coerce.number().int().nonnegative(),
  products: z.union([z.literal(""), z.object({ product: z.array(productShape) })]),
});

type Product = z.output<typeof productShape>;

/** Which billing orders of a customer carry our key. WHMCS cannot search by custom field, so every page is read. */
export async function findOrdersByKey(
  clientId: string,
  key: string,
  context: BillingContext,
  signal: AbortSignal,
): Promise<KeySearch> {
  const found: Product[] = [];
  for (let start = 0; ; start += pageSize) {
    const parameters = { clientid: clientId, limitstart: String(start), limitnum: String(pageSize) };
    const answer = await context.whmcs.call("GetClientsProducts", parameters, signal);
    if (answer.kind === "failed") return answer;
    if (answer.kind === "refused") return { kind: "failed", failure: failureOfRefusal(answer.message) };
    const page = pageShape.safeParse(answer.body);
    if (!page.success) {
      return { kind: "failed", failure: context.whmcs.incomplete("GetClientsProducts", answer.body) };
    }
    const products = page.data.products === "" ? [] : page.data.products.product;
    found.push(...products.filter((product) => carriesKey(product, key, context.keyFieldId)));
    if (products.length === 0 || start + products.length >= page.data.totalresults) break;
  }
  return {
    kind: "searched",
    billingOrderIds: [...new Set(found.map((product) => product.orderid))],
    serviceIds: found.map((product) => product.id),
  };
}

function carriesKey(product: Product, key: string, keyFieldId: number): boolean {
  if (product.customfields === "") return false;
  return product.customfields.customfield.some(
    (field) => field.id === String(keyFieldId) && field.value === key,
  );
}
