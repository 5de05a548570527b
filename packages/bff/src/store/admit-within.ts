import type { Admission } from "./admission.ts";
import type { AdmitDeps } from "./admit.ts";
import { admit } from "./admit.ts";
import type { EventSource, IncomingEvent } from "./incoming-batch.ts";
import type { StoreTransaction } from "./store.ts";

/** Events that do not come over the stream that is read: the cursor has nothing to do with them. */
export type OutsideBatch = {
  readonly orgId: string;
  readonly topic: string;
  readonly source: Exclude<EventSource, "stream">;
  readonly events: readonly IncomingEvent[];
  /** ISO 8601, by the service's clock. */
  readonly receivedAt: string;
};

/**
 * The same `admit` as for the stream, as part of a transaction that is open: what a person ordered and what it led to
 * commit together.
 */
export async function admitWithin(
  tx: StoreTransaction,
  rules: Omit<AdmitDeps, "store">,
  batch: OutsideBatch,
): Promise<readonly Admission[]> {
  if (batch.events.length === 0) return [];
  const store = { transaction: <T>(work: (inner: StoreTransaction) => Promise<T>) => work(tx) };
  return admit({ store, ...rules }, { ...batch, epoch: 0, position: null });
}
