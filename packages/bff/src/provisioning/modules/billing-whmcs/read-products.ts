import { z } from "zod";
import type { Failure } from "../../../orders/failure.ts";
import type { BillingContext } from "./call-context.ts";
import { failureOfRefusal } from "./signals.ts";
import { whmcsId } from "./whmcs-client.ts";

const productShape = z.object({
  id: whmcsId,
  orderid: whmcsId,
  /** A day: `2026-11-23`. */
  regdate: z.string(),
  status: z.string(),
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

/** A product that a customer ordered. */
export type BillingProduct = z.output<typeof productShape>;

export type ProductPage =
  | { readonly kind: "read"; readonly products: readonly BillingProduct[]; readonly total: number }
  | { readonly kind: "failed"; readonly failure: Failure };

/** One page of a customer's products, or of all customers', oldest first. */
export async function readProducts(
  page: { readonly clientId: string | null; readonly start: number; readonly size: number },
  context: BillingContext,
  signal: AbortSignal,
): Promise<ProductPage> {
  const parameters = {
    ...(page.clientId === null ? {} : { clientid: page.clientId }),
    limitstart: String(page.start),
    limitnum: String(page.size),
  };
  const answer = await context.whmcs.call("GetClientsProducts", parameters, signal);
  if (answer.kind === "failed") return answer;
  if (answer.kind === "refused") return { kind: "failed", failure: failureOfRefusal(answer.message) };
  const parsed = pageShape.safeParse(answer.body);
  if (!parsed.success)
    return { kind: "failed", failure: context.whmcs.incomplete("GetClientsProducts", answer.body) };
  const { products, totalresults } = parsed.data;
  return { kind: "read", products: products === "" ? [] : products.product, total: totalresults };
}

/** Our key on a product, or an empty text. */
export function keyOf(product: BillingProduct, keyFieldId: number): string {
  if (product.customfields === "") return "";
  const field = product.customfields.customfield.find(({ id }) => id === String(keyFieldId));
  return field?.value ?? "";
}
