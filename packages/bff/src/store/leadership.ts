import type { Database } from "./database.ts";
import type { LeaseHolder, LeaseName } from "./lease.ts";
import { readLease, releaseLease, renewLease, takeLease } from "./lease.ts";

/** How long a lease holds without renewal: with `TRY_MS` it bounds the takeover after a kill. */
const LEASE_MS = 2_000;
const RENEW_MS = 500;
/** How often the others try. */
const TRY_MS = 250;

export type LeadershipDeps = {
  readonly database: Database;
  readonly lease: LeaseName;
  /** Names this process among the deployment's: host and process id. */
  readonly holder: string;
  /** For durations only: milliseconds that never go back. */
  monotonicNow(): number;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  onStandby(leader: LeaseHolder | undefined): void;
  onProblem(message: string): void;
};

/**
 * Does `work` whenever this process holds the lease, until `signal` aborts:
 * - standing by: another process holds the lease; it is tried again and again.
 * - leading: the lease is renewed while `work` runs; its signal aborts when the lease was lost or may be.
 *
 * A leader that was paused does not know it: what it commits has to carry the epoch and fail when it is stale. The
 * lease is given back when `work` ended, so that a clean stop hands over at once.
 */
export async function leadWhilePossible(
  deps: LeadershipDeps,
  work: (epoch: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // The embedded database serves one process: whoever held the lease is dead.
  const force = deps.database.kind === "pglite";
  let standingBy = false;
  while (!signal.aborted) {
    try {
      const epoch = await takeLease(deps.database, deps.lease, deps.holder, LEASE_MS, force);
      if (epoch !== undefined) {
        standingBy = false;
        await lead(deps, epoch, work, signal);
      } else if (!standingBy) {
        standingBy = true;
        deps.onStandby(await readLease(deps.database, deps.lease));
      }
    } catch (error) {
      if (signal.aborted) return;
      deps.onProblem(error instanceof Error ? error.message : String(error));
    }
    await deps.sleep(TRY_MS, signal).catch(() => undefined);
  }
}

async function lead(
  deps: LeadershipDeps,
  epoch: number,
  work: (epoch: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const keeping = keepLease(deps, epoch, until).then((reason) => over.abort(new Error(reason)));
  try {
    await work(epoch, until);
  } finally {
    over.abort(new Error("the work ended"));
    await keeping;
    await releaseLease(deps.database, deps.lease, epoch).catch(() => undefined);
  }
}

/** Renews until `signal` aborts or the lease may be another's. Resolves with why. */
async function keepLease(deps: LeadershipDeps, epoch: number, signal: AbortSignal): Promise<string> {
  let heldUntilMs = deps.monotonicNow() + LEASE_MS;
  while (!signal.aborted) {
    await deps.sleep(RENEW_MS, signal).catch(() => undefined);
    if (signal.aborted) break;
    const askedAtMs = deps.monotonicNow();
    try {
      if (!(await renewLease(deps.database, deps.lease, epoch, LEASE_MS))) {
        deps.onProblem(`another process took over ${deps.lease.name}; this one had epoch ${epoch}`);
        return "the lease was taken";
      }
      heldUntilMs = askedAtMs + LEASE_MS;
    } catch (error) {
      // The database may be back before the lease is over.
      deps.onProblem(error instanceof Error ? error.message : String(error));
      if (deps.monotonicNow() > heldUntilMs) return "the lease could not be renewed";
    }
  }
  return "stopped";
}
