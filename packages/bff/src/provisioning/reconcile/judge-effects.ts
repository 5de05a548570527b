import type { LedgerEffect } from "../../store/compared-effects.ts";
import type { RecordedEffect } from "../module.ts";
import type { Draft, FindingCode } from "./finding.ts";

/** Keys as Sluice makes them: what other programs keep in the same field is none of ours. */
const keyPattern = /^[0-9a-f]{40}$/;

const orphanCodes: Readonly<Record<string, FindingCode>> = {
  "add-order": "ORPHAN_BILLING_ORDER",
  activate: "ORPHAN_NETWORK_SERVICE",
};

/** The records under one key. */
export type KeyRecords = {
  readonly operation: string;
  /** Distinct ids of what is still in force there. */
  readonly inForce: readonly string[];
};

/** Records by key; a record that was listed twice counts once. Only a key's ids are kept of it. */
export class RecordsByKey {
  readonly #byKey = new Map<string, KeyRecords>();

  add({ effectKey, operation, reference, isInForce }: RecordedEffect): void {
    if (!keyPattern.test(effectKey)) return;
    const known = this.#byKey.get(effectKey)?.inForce ?? [];
    const inForce = isInForce && !known.includes(reference) ? [...known, reference] : known;
    this.#byKey.set(effectKey, { operation, inForce });
  }

  get size(): number {
    return this.#byKey.size;
  }

  has(effectKey: string): boolean {
    return this.#byKey.has(effectKey);
  }

  /** Keys with their records, so many at a time. */
  *batches(size: number): Generator<ReadonlyMap<string, KeyRecords>> {
    const entries = [...this.#byKey];
    for (let start = 0; start < entries.length; start += size)
      yield new Map(entries.slice(start, start + size));
  }
}

/** Compares what one downstream has under a key with what the ledger knows of it. */
export function judgeRecords(
  system: string,
  effectKey: string,
  { operation, inForce }: KeyRecords,
  known: LedgerEffect | undefined,
): readonly Draft[] {
  const order = { orderId: known?.orderId ?? null, orderNumber: known?.orderNumber ?? null };
  const what = `${system} has ${inForce.join(" and ")} under our key ${effectKey}`;
  const drafts: Draft[] = [];
  if (inForce.length > 1) {
    drafts.push({
      ...order,
      code: "DOUBLED_EFFECT",
      found: `${what}: one of them too many.`,
      advice: `Find out which one the customer uses and end the other in ${system}. Nothing here does that by itself.`,
      repair: null,
    });
  }
  if (inForce.length === 0) return drafts;
  const code = orphanCodes[operation] ?? "ORPHAN_EFFECT";
  if (known === undefined) {
    drafts.push({
      ...order,
      code,
      found: `${what}, and the ledger does not know it.`,
      advice: `It was made before the store was lost or restored, or by another deployment of Sluice on the same ${system}. If nobody needs it, end it there.`,
      repair: null,
    });
  } else if (known.outcome === "not_done") {
    const summary = `${what}, and the ledger has it as not made. End it there, or repeat the step: it is looked up first and taken over.`;
    drafts.push({
      ...order,
      code,
      found: `${what}, and the ledger has it as not made.`,
      advice:
        "A repair makes the next attempt look it up first; where nobody tries again by itself it asks a person.",
      repair: { kind: "doubt", effectKey, question: { code, summary } },
    });
  }
  return drafts;
}

/** An effect that the ledger is sure of and the downstream has no record of. */
export function missingEffect(system: string, effect: LedgerEffect): Draft {
  const { effectKey, operation, reference, orderId, orderNumber } = effect;
  return {
    code: "EFFECT_MISSING",
    orderId,
    orderNumber,
    found: `${operation} is done by the ledger (${reference ?? "no id"}), and ${system} has no record under its key ${effectKey}.`,
    advice: `Look for it in ${system}: it was removed there, or its key was. If the customer lacks it, make it by hand; nothing here buys again by itself.`,
    repair: null,
  };
}
