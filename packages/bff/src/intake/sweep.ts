import { readDeployment } from "../store/deployment.ts";
import type { GapCheck } from "../store/gap.ts";
import { readGap } from "../store/gap-list.ts";
import { checkGap } from "./gap-check.ts";
import type { SweepDeps } from "./sweep-deps.ts";
import type { SweepOrder, SweepReport } from "./sweep-once.ts";
import { sweepOnce } from "./sweep-once.ts";
import type { SweepProgress } from "./sweep-pages.ts";

/** After a sweep that failed the next one comes so soon, or by the interval when that is shorter. */
const RETRY_MS = 30_000;

/** Sweeps and checks of one topic, one at a time, whoever orders them. */
export type Sweeper = {
  sweep(
    order: SweepOrder,
    tell: (progress: SweepProgress) => void,
    signal: AbortSignal,
  ): Promise<SweepReport>;
  /** Checks one open gap; undefined when there is none of this number. */
  check(
    gapId: number,
    order: { readonly by: string; readonly dryRun: boolean },
    signal: AbortSignal,
  ): Promise<GapCheck | undefined>;
};

export function openSweeper(deps: SweepDeps): Sweeper {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> => {
    const turn = last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    sweep: (order, tell, signal) => inTurn(() => sweepOnce(deps, order, tell, signal), signal),
    check: (gapId, order, signal) =>
      inTurn(async () => {
        const gap = await readGap(deps.database, deps.gapTopic.orgId, gapId);
        const deployment = await readDeployment(deps.database);
        if (gap === undefined || gap.closedAt !== null || deployment === undefined) return undefined;
        return checkGap(deps, gap, { ...order, goLiveAt: deployment.goLiveAt }, signal);
      }, signal),
  };
}

export type RunSweepDeps = {
  readonly sweeper: Sweeper;
  readonly intervalMs: number;
  /** Resolves after `delayMs`, or at once when a gap was opened since the last wait, and the first time. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
  onProblem(message: string): void;
};

/** Sweeps at the start, at every interval and whenever a gap was opened, until `signal` aborts. */
export async function runSweep(deps: RunSweepDeps, signal: AbortSignal): Promise<void> {
  let delayMs = deps.intervalMs;
  for (;;) {
    await deps.wait(delayMs, signal);
    if (signal.aborted) return;
    try {
      await deps.sweeper.sweep({ cause: "periodic", by: "sweep", dryRun: false }, () => undefined, signal);
      delayMs = deps.intervalMs;
    } catch (error) {
      if (signal.aborted) return;
      delayMs = Math.min(RETRY_MS, deps.intervalMs);
      deps.onProblem(error instanceof Error ? error.message : String(error));
    }
  }
}
