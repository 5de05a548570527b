import { CommandRefused } from "../orders/command-refused.ts";
import type { Admission } from "../store/admission.ts";
import type { OutsideBatch } from "../store/admit-within.ts";
import type { Store, StoreTransaction } from "../store/store.ts";
import type { ReadEvent } from "./decode-batch.ts";

/** What the commands need that bring events in beside the stream. */
export type OutsideDeps = {
  readonly store: Pick<Store, "transaction" | "database">;
  readonly topic: string;
  readonly readEvent: ReadEvent;
  /** The org that the store serves; undefined until it was adopted. */
  orgId(): string | undefined;
  /** `admit`, within the transaction; see `admitWithin`. */
  admit(tx: StoreTransaction, batch: OutsideBatch): Promise<readonly Admission[]>;
  /** Milliseconds since 1970. */
  now(): number;
};

/** Who ordered it, and whether it is to be done at all. */
export type Ordered = { readonly actor: string; readonly dryRun: boolean };

export type TellProgress = (progress: Readonly<Record<string, unknown>>) => void;

/** @throws {CommandRefused} `not_ready` before the store serves an org. */
export function orgOf(deps: Pick<OutsideDeps, "orgId">): string {
  const orgId = deps.orgId();
  if (orgId !== undefined) return orgId;
  throw new CommandRefused(
    "conflict",
    "not_ready",
    "the store serves no org yet: Salesforce has not signed this service in. See /readyz, then try again.",
  );
}
