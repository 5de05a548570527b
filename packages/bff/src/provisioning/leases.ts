import type { Store } from "../store/store.ts";

/** After this the sweeper takes a step from its worker: short, so that a killed worker's steps are back soon. */
export const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

export type LeaseDeps = {
  readonly store: Store;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  onProblem(message: string): void;
};

/** Keeps the leases of the steps that this process works on, however long their calls take. */
export class Leases {
  readonly #attempts = new Map<number, number>();

  /** From now until the returned function is called the step's lease is renewed. */
  hold(step: { readonly stepId: number; readonly attempt: number }): () => void {
    this.#attempts.set(step.stepId, step.attempt);
    return () => {
      if (this.#attempts.get(step.stepId) === step.attempt) this.#attempts.delete(step.stepId);
    };
  }

  /** Renews until `signal` aborts. A lease that was lost meanwhile stays lost: its attempt has passed. */
  async run(deps: LeaseDeps, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await deps.sleep(RENEW_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.renew(deps.store).catch((error: unknown) =>
        deps.onProblem(error instanceof Error ? error.message : String(error)),
      );
    }
  }

  async renew(store: Store): Promise<void> {
    if (this.#attempts.size === 0) return;
    await store.query(
      `UPDATE step SET lease_until = now() + $3::integer * interval '1 millisecond'
       FROM unnest($1::bigint[], $2::integer[]) AS held (step_id, attempt)
       WHERE step.step_id = held.step_id AND step.attempt = held.attempt AND step.state = 'running'`,
      [[...this.#attempts.keys()], [...this.#attempts.values()], LEASE_MS],
    );
  }
}
