import type { Store } from "../store/store.ts";
import { recoverSteps } from "./recovery.ts";

const SWEEP_MS = 2_000;

export type SweeperDeps = {
  readonly store: Store;
  readonly orgId: string;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  onRecovered(steps: number): void;
  onProblem(message: string): void;
};

/** Brings lost steps back while other workers go on, until `signal` aborts. */
export async function runSweeper(deps: SweeperDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await deps.sleep(SWEEP_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const { restarted } = await recoverSteps(deps.store, deps.orgId, "expired");
      if (restarted > 0) deps.onRecovered(restarted);
    } catch (error) {
      deps.onProblem(error instanceof Error ? error.message : String(error));
    }
  }
}
