import type { Failure } from "../orders/failure.ts";
import type { JsonObject } from "../orders/json.ts";
import type { OrderLine, OrderSnapshot } from "../orders/order.ts";

/** What a module is asked to do, once per attempt of a step. */
export type ModuleCall = {
  /** One of the module's `operations`. */
  readonly operation: string;
  /**
   * Identifies the effect for ever: at most 64 characters, no `:`. The same key with every attempt, so that a
   * downstream (or the module's own look-up) can tell a repetition from a new purchase.
   */
  readonly effectKey: string;
  readonly order: OrderSnapshot;
  /** The line and the unit of it (1-based) that a per-unit step works on. */
  readonly line: OrderLine | null;
  readonly unit: number;
  /** Fixed parameters from the plan, such as the billing product id. */
  readonly parameters: JsonObject;
  /** Results of the finished steps of this order, by step name. */
  readonly results: Readonly<Record<string, JsonObject>>;
  /** An earlier attempt was sent and its answer is missing: look the effect up before acting. */
  readonly lookUpFirst: boolean;
  /** What the last `waiting` answer of this step carried, such as a monitor id; else null. */
  readonly waitingOn: JsonObject | null;
};

export type ModuleAnswer =
  /** The effect exists. `adopted`: it was found, not made by this attempt. `reference`: the downstream's id. */
  | {
      readonly kind: "done";
      readonly result: JsonObject;
      readonly reference: string | null;
      readonly adopted: boolean;
    }
  /** Accepted, finishes later: call again after `pollAfterMs` with `waitingOn`. Not an attempt. */
  | { readonly kind: "waiting"; readonly waitingOn: JsonObject; readonly pollAfterMs: number }
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * An adapter to one downstream system. It classifies every foreign signal itself; a throw means a bug or an
 * abort and is treated as outcome unknown.
 */
export type ProvisioningModule = {
  /** Lower case with dashes: queue name, metric label, log field. */
  readonly name: string;
  /** Operations it offers; a plan that names another one is refused. */
  readonly operations: readonly string[];
  readonly run: (call: ModuleCall, signal: AbortSignal) => Promise<ModuleAnswer>;
  /** What the downstream has on record; absent when it cannot be listed with our keys. */
  readonly records?: EffectRecords;
  readonly close: () => Promise<void>;
};

/** One effect as its downstream has it on record. */
export type RecordedEffect = {
  /** One of `EffectRecords.operations`. */
  readonly operation: string;
  readonly effectKey: string;
  /** The downstream's id. */
  readonly reference: string;
  /** ISO 8601; some downstreams keep no more than the day. */
  readonly at: string;
  /** False once it was cancelled or ended there: it is known, and nothing comes of it any more. */
  readonly isInForce: boolean;
};

export type EffectRecords = {
  /** Operations of which every effect is listed. */
  readonly operations: readonly string[];
  /**
   * Records that carry a key, newest first, page by page, back to `since` (ISO 8601); somewhat older ones may be among
   * them. A record may come twice when others are removed meanwhile.
   *
   * @throws {UnlistedError} when the downstream does not answer as it documents.
   */
  readonly listEffects: (since: string, signal: AbortSignal) => AsyncIterable<RecordedEffect>;
};

/** The downstream's records could not be read. The message says why, in an operator's words. */
export class UnlistedError extends Error {
  override readonly name = "UnlistedError";
  readonly code: string;

  constructor(failure: Failure) {
    super(`[${failure.code}] ${failure.summary}`);
    this.code = failure.code;
  }
}
