import type { Failure } from "../orders/failure.ts";
import type { OrderSnapshot } from "../orders/order.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClaimedRevision } from "./claim.ts";
import { planOrder } from "./plan.ts";
import type { StepOutcome } from "./step-outcome.ts";
import { heldBecause } from "./step-outcome.ts";

/** What reading an order can give. Reaches this room as a function: only `compose.ts` knows Salesforce. */
export type OrderReading =
  | { readonly kind: "found"; readonly order: OrderSnapshot }
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly failure: Failure };

export type ValidateDeps = {
  readonly catalogue: Catalogue;
  readOrder(orderId: string, signal: AbortSignal): Promise<OrderReading>;
  /** What the org's status values mean. */
  standingOf(status: string): "approved" | "cancelled" | "other";
};

/** The first step of every revision: reads the order as it is now, compares it with what was approved, and plans. */
export async function validateOrder(
  deps: ValidateDeps,
  revision: ClaimedRevision,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const reading = await deps.readOrder(revision.orderId, signal);
  switch (reading.kind) {
    case "failed":
      return { kind: "failed", failure: reading.failure };
    case "gone":
      return heldBecause(
        "ORDER_GONE",
        "Salesforce does not show the order: it was deleted, or the integration user may not see it. Restore it or share it, and approve it again; else cancel it here.",
      );
    case "found":
      return judge(deps, reading.order, revision.eventTotal);
  }
}

function judge(deps: ValidateDeps, order: OrderSnapshot, eventTotal: number | null): StepOutcome {
  switch (deps.standingOf(order.status)) {
    case "cancelled":
      return { kind: "void", reason: "the order was cancelled in Salesforce before provisioning began" };
    case "other":
      return heldBecause(
        "ORDER_NOT_APPROVED",
        `The order's status is ${order.status}: it was changed after the approval. Approve it again, or cancel it.`,
        order,
      );
    case "approved":
      break;
  }
  if (eventTotal !== null && Math.abs(eventTotal - order.totalAmount) >= 0.005) {
    return heldBecause(
      "ORDER_CHANGED_AFTER_APPROVAL",
      `${eventTotal.toFixed(2)} was approved, the order says ${order.totalAmount.toFixed(2)} now. Check the change and approve the order again.`,
      order,
    );
  }
  const plan = planOrder(order, deps.catalogue);
  if (plan.kind === "refused") return heldBecause(plan.code, plan.summary, order);
  return { kind: "planned", order, steps: plan.steps };
}
