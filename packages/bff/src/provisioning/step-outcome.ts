import type { Failure } from "../orders/failure.ts";
import type { JsonObject } from "../orders/json.ts";
import type { OrderSnapshot } from "../orders/order.ts";
import type { ModuleAnswer } from "./module.ts";
import type { PlannedStep } from "./planned-step.ts";

/** What came of working on a step: a module's answer, or one of those that only local steps give. */
export type StepOutcome =
  | ModuleAnswer
  /** The order as it was read cannot be provisioned; it is kept, so that people see what it was. */
  | { readonly kind: "held"; readonly failure: Failure; readonly order: OrderSnapshot | null }
  /** The order was read and found good; these steps follow. */
  | { readonly kind: "planned"; readonly order: OrderSnapshot; readonly steps: readonly PlannedStep[] }
  /** The order was cancelled in Salesforce before anything was done for it. */
  | { readonly kind: "void"; readonly reason: string };

export function done(result: JsonObject): StepOutcome {
  return { kind: "done", result, reference: null, adopted: false };
}

/** A failure that a person has to resolve. Nothing was called, so nothing is unknown. */
export function heldBecause(code: string, summary: string, order: OrderSnapshot | null = null): StepOutcome {
  const failure: Failure = {
    class: "needs_operator",
    code,
    summary,
    outcomeUnknown: false,
    moduleWide: false,
    customerEffect: "delay",
  };
  return { kind: "held", failure, order };
}
