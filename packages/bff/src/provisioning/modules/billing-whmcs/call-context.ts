import type { JsonObject } from "../../../orders/json.ts";
import type { ModuleAnswer } from "../../module.ts";
import type { Failure } from "../../../orders/failure.ts";
import type { WhmcsClient } from "./whmcs-client.ts";

/** What every operation of the billing module works with. */
export type BillingContext = {
  readonly whmcs: WhmcsClient;
  readonly paymentMethod: string;
  /** Number of the custom field that carries our key. */
  readonly keyFieldId: number;
  readonly makePassword: () => string;
};

export function failed(failure: Failure): ModuleAnswer {
  return { kind: "failed", failure };
}

/** A text that a finished step of this order left under `name`, whatever that step was called. */
export function findResult(results: Readonly<Record<string, JsonObject>>, name: string): string | undefined {
  const holder = Object.values(results).find((result) => typeof result[name] === "string");
  const value = holder?.[name];
  return typeof value === "string" ? value : undefined;
}
