import type { RecordedEffect } from "../../module.ts";
import { UnlistedError } from "../../module.ts";
import type { BillingContext } from "./call-context.ts";
import type { BillingProduct } from "./read-products.ts";
import { keyOf, readProducts } from "./read-products.ts";

const PAGE = 100;
const DAY_MS = 24 * 3_600_000;

/** States of a product that nothing comes of any more. */
const ended: ReadonlySet<string> = new Set(["Cancelled", "Fraud", "Terminated"]);

/**
 * The billing orders that carry a key, from the newest back to `since`. WHMCS shows the key with the products, so these
 * are read, of all customers and from the end, where the newest stand; it keeps no more of their time than the day.
 */
export async function* listOrders(
  context: BillingContext,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<RecordedEffect> {
  const sinceMs = Date.parse(since) - DAY_MS;
  let end = (await readPage(context, 0, 1, signal)).total;
  while (end > 0) {
    const start = Math.max(0, end - PAGE);
    const { products } = await readPage(context, start, end - start, signal);
    let reachedOlder = false;
    for (const product of [...products].reverse()) {
      const atMs = Date.parse(product.regdate);
      reachedOlder ||= atMs < sinceMs;
      const effectKey = keyOf(product, context.keyFieldId);
      if (effectKey !== "") yield effectOf(product, effectKey);
    }
    if (reachedOlder) return;
    end = start;
  }
}

async function readPage(context: BillingContext, start: number, size: number, signal: AbortSignal) {
  const page = await readProducts({ clientId: null, start, size }, context, signal);
  if (page.kind === "failed") throw new UnlistedError(page.failure);
  return page;
}

function effectOf(product: BillingProduct, effectKey: string): RecordedEffect {
  return {
    operation: "add-order",
    effectKey,
    reference: product.orderid,
    at: `${product.regdate}T00:00:00Z`,
    isInForce: !ended.has(product.status),
  };
}
