import type { JsonObject } from "../orders/json.ts";

/**
 * - `local`       no effect outside Sluice.
 * - `reversible`  can be undone by a counter-action.
 * - `pivot`       the last step that can fail for a business reason; after it the order only goes forward.
 * - `retry_only`  behind the pivot: must succeed in the end.
 */
export type StepKind = "local" | "reversible" | "pivot" | "retry_only";

/** One step of an order's plan. Its name is unique within the plan. */
export type PlannedStep = {
  readonly name: string;
  /** For people: `Activate eSIM 2 of 2`. At most 80 characters. */
  readonly label: string;
  readonly module: string;
  readonly operation: string;
  readonly kind: StepKind;
  readonly lineId: string | null;
  readonly unit: number;
  readonly parameters: JsonObject;
  /** Names of the steps that must be done first; the first step of the order is always one of them. */
  readonly after: readonly string[];
};
