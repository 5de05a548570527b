import type { Store, StoreTransaction } from "./store.ts";

/** Ends a transaction that was never meant to be kept. */
class RolledBack extends Error {}

/**
 * Runs the work for its answer alone: it sees its own changes, and then nothing of it is left, no job either. That is
 * how a preview says exactly what the act itself would do.
 */
export async function tryOut<T>(
  store: Pick<Store, "transaction">,
  work: (tx: StoreTransaction) => Promise<T>,
): Promise<T> {
  const outcome: { value?: T } = {};
  try {
    await store.transaction(async (tx) => {
      outcome.value = await work(tx);
      throw new RolledBack("nothing of a trial is kept");
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return outcome.value as T;
}
