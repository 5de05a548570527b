import { z } from "zod";
import type { ModuleAnswer, ModuleCall } from "../../module.ts";
import { stillUnknown } from "../downstream-http.ts";
import type { BillingContext } from "./call-context.ts";
import { failed, findResult } from "./call-context.ts";
import { findOrdersByKey } from "./find-orders-by-key.ts";
import { encodeCustomFields } from "./php-array.ts";
import { failureOfRefusal, orderDoubled, planInvalid } from "./signals.ts";
import { whmcsId } from "./whmcs-client.ts";

/** What the plan says about one line: which billing product, how many, and what is attached to the first piece. */
const itemShape = z.object({
  pid: whmcsId,
  quantity: z.number().int().positive(),
  lineId: z.string(),
  billingCycle: z.string().optional(),
  addonIds: z.array(whmcsId).optional(),
});
const parametersShape = z.looseObject({ items: z.array(itemShape).min(1) });
const addedShape = z.object({ orderid: whmcsId, serviceids: z.string().optional() });

type BillingItem = z.output<typeof itemShape>;

/**
 * One pending billing order for all lines. WHMCS has no idempotency key: ours travels in a custom field of every
 * product, where a later attempt finds it. Nothing is set up or charged before the order is accepted.
 */
export async function addOrder(
  call: ModuleCall,
  context: BillingContext,
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  const clientId = findResult(call.results, "clientId");
  if (clientId === undefined) return failed(planInvalid("no finished step of this order left a clientId."));
  const parameters = parametersShape.safeParse(call.parameters);
  if (!parameters.success)
    return failed(planInvalid(`its parameters are wrong: ${z.prettifyError(parameters.error)}`));

  if (call.lookUpFirst) {
    const search = await findOrdersByKey(clientId, call.effectKey, context, signal);
    if (search.kind === "failed") return failed(stillUnknown(search.failure));
    const [billingOrderId, ...others] = search.billingOrderIds;
    if (others.length > 0) return failed(orderDoubled(search.billingOrderIds));
    if (billingOrderId !== undefined) return done(billingOrderId, search.serviceIds, true);
  }

  const answer = await context.whmcs.call(
    "AddOrder",
    {
      clientid: clientId,
      paymentmethod: context.paymentMethod,
      noemail: "true",
      noinvoiceemail: "true",
      ...productFields(parameters.data.items, call.effectKey, context.keyFieldId),
    },
    signal,
  );
  if (answer.kind === "failed") return failed(answer.failure);
  if (answer.kind === "refused") return failed(failureOfRefusal(answer.message));
  const added = addedShape.safeParse(answer.body);
  if (!added.success) return failed(context.whmcs.incomplete("AddOrder", answer.body));
  const serviceIds = (added.data.serviceids ?? "").split(",").filter((id) => id !== "");
  return done(added.data.orderid, serviceIds, false);
}

/** Each piece is a product of its own, never `qty`: two SIMs must become two services. */
function productFields(
  items: readonly BillingItem[],
  key: string,
  keyFieldId: number,
): Record<string, string> {
  const customFields = encodeCustomFields(new Map([[keyFieldId, key]]));
  const pieces = items.flatMap((item) =>
    Array.from({ length: item.quantity }, (_, unit) => ({
      item,
      addonIds: unit === 0 ? (item.addonIds ?? []) : [],
    })),
  );
  const fields: Record<string, string> = {};
  for (const [index, { item, addonIds }] of pieces.entries()) {
    fields[`pid[${index}]`] = item.pid;
    fields[`billingcycle[${index}]`] = item.billingCycle ?? "monthly";
    fields[`customfields[${index}]`] = customFields;
    if (addonIds.length > 0) fields[`addons[${index}]`] = addonIds.join(",");
  }
  return fields;
}

function done(billingOrderId: string, serviceIds: readonly string[], adopted: boolean): ModuleAnswer {
  return { kind: "done", result: { billingOrderId, serviceIds }, reference: billingOrderId, adopted };
}
