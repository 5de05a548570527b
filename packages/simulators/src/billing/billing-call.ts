import type { DatabaseSync } from "node:sqlite";
import type { Outcome } from "../call/perform-call.ts";
import type { BillingOperation } from "../operations.ts";
import type { Form } from "./form.ts";

/** What an action works with. `now` is the time of the effect, ISO. */
export type BillingCall = { readonly form: Form; readonly database: DatabaseSync; readonly now: string };

/** The JSON of an answer, `result` included. */
export type BillingAnswer = Readonly<Record<string, unknown>> & { readonly result: "success" | "error" };

export type BillingAction = {
  /** The key that the request carries or stands for, for the record of calls. */
  readonly keyOf: (form: Form, database: DatabaseSync) => string | null;
  readonly run: (call: BillingCall) => Outcome<BillingAnswer>;
};

/** Actions by name, for those of one concern. */
export type BillingActions<Name extends BillingOperation> = Readonly<Record<Name, BillingAction>>;

/** An error as WHMCS has it: a text, no code, and nothing was made. */
export function businessError(message: string): Outcome<BillingAnswer> {
  return { answer: { result: "error", message }, effects: [] };
}

/** An answer that made nothing. */
export function found(answer: Readonly<Record<string, unknown>>): Outcome<BillingAnswer> {
  return { answer: { result: "success", ...answer }, effects: [] };
}

export const withoutKey = (): null => null;
