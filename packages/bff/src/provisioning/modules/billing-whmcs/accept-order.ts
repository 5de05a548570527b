import { z } from "zod";
import type { Failure } from "../../../orders/failure.ts";
import type { ModuleAnswer, ModuleCall } from "../../module.ts";
import { stillUnknown } from "../downstream-http.ts";
import type { BillingContext } from "./call-context.ts";
import { failed, findResult } from "./call-context.ts";
import { failureOfRefusal, isNotPending, orderClosed, planInvalid } from "./signals.ts";
import { whmcsId } from "./whmcs-client.ts";

type OrderState =
  | { readonly kind: "status"; readonly status: string }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly failure: Failure };

const ordersShape = z.object({
  orders: z.union([
    z.literal(""),
    z.object({ order: z.array(z.object({ id: whmcsId, status: z.string() })) }),
  ]),
});

/**
 * The pivot: the customer is charged from here on. It carries no key and needs none, because the order's own state
 * says whether it happened: `Active` already is success.
 */
export async function acceptOrder(
  call: ModuleCall,
  context: BillingContext,
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  const billingOrderId = findResult(call.results, "billingOrderId");
  if (billingOrderId === undefined) {
    return failed(planInvalid("no finished step of this order left a billingOrderId."));
  }
  if (call.lookUpFirst) {
    const settled = judge(billingOrderId, await readState(billingOrderId, context, signal));
    if (settled !== null) return settled;
  }
  const parameters = { orderid: billingOrderId, autosetup: "false", sendemail: "false" };
  const answer = await context.whmcs.call("AcceptOrder", parameters, signal);
  if (answer.kind === "failed") return failed(answer.failure);
  if (answer.kind === "success") return done(billingOrderId, false);
  if (!isNotPending(answer.message)) return failed(failureOfRefusal(answer.message));
  const state = await readState(billingOrderId, context, signal);
  return judge(billingOrderId, state) ?? failed(failureOfRefusal(answer.message));
}

/** `null`: the order is still pending, so it can be accepted. */
function judge(billingOrderId: string, state: OrderState): ModuleAnswer | null {
  if (state.kind === "failed") return failed(stillUnknown(state.failure));
  if (state.kind === "none") return failed(orderClosed(billingOrderId, "gone"));
  if (state.status === "Active") return done(billingOrderId, true);
  return state.status === "Pending" ? null : failed(orderClosed(billingOrderId, state.status));
}

async function readState(
  billingOrderId: string,
  context: BillingContext,
  signal: AbortSignal,
): Promise<OrderState> {
  const answer = await context.whmcs.call("GetOrders", { id: billingOrderId }, signal);
  if (answer.kind === "failed") return answer;
  if (answer.kind === "refused") return { kind: "failed", failure: failureOfRefusal(answer.message) };
  const parsed = ordersShape.safeParse(answer.body);
  if (!parsed.success) return { kind: "failed", failure: context.whmcs.incomplete("GetOrders", answer.body) };
  const orders = parsed.data.orders === "" ? [] : parsed.data.orders.order;
  const order = orders.find((candidate) => candidate.id === billingOrderId);
  return order === undefined ? { kind: "none" } : { kind: "status", status: order.status };
}

function done(billingOrderId: string, adopted: boolean): ModuleAnswer {
  return { kind: "done", result: { billingOrderId, status: "Active" }, reference: billingOrderId, adopted };
}
