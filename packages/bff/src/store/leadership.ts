import type { Database } from "./database.ts";
import type { LeaseHolder, LeaseName } from "./lease.ts";
import { readLease, releaseLease, renewLease, takeLease } from "./lease.ts";

/** With `TRY_MS` it bounds the takeover after a kill. */
const DEFAULT_LEASE_MS = 2_000;
const RENEW_MS = 500;
/** How often the others try. */
const TRY_MS = 250;

export type LeadershipDeps = {
  readonly database: Database;
  readonly lease: LeaseName;
  /** Names this process among the deployment's: host and process id. */
  readonly holder: string;
  /** How long the lease holds without renewal. Default 2,000. */
  readonly leaseMs?: number;
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
  const leaseMs = deps.leaseMs ?? DEFAULT_LEASE_MS;
  let standingBy = false;
  while (!signal.aborted) {
    try {
      const askedAtMs = deps.monotonicNow();
      const taking = takeLease(deps.database, deps.lease, deps.holder, leaseMs, force);
      const epoch = await inTime(deps, leaseMs, taking);
      if (epoch !== undefined) {
        standingBy = false;
        await lead(deps, { epoch, leaseMs, heldUntilMs: askedAtMs + leaseMs }, work, signal);
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

/** The lease as its holder knows it: by its own clock, counted from before the database was asked. */
type HeldLease = { readonly epoch: number; readonly leaseMs: number; readonly heldUntilMs: number };

async function lead(
  deps: LeadershipDeps,
  held: HeldLease,
  work: (epoch: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const keeping = keepLease(deps, held, until);
  void keeping.then((end) => over.abort(new Error(end)));
  try {
    await work(held.epoch, until);
  } finally {
    over.abort(new Error("the work ended"));
    // A renewal that is under way would take back what is released here.
    if ((await keeping) === "stopped") {
      const releasing = releaseLease(deps.database, deps.lease, held.epoch);
      await inTime(deps, held.leaseMs, releasing).catch(() => undefined);
    }
  }
}

/** Renews until `signal` aborts or the lease may be another's. Resolves with why. */
async function keepLease(
  deps: LeadershipDeps,
  { epoch, leaseMs, heldUntilMs: firstUntilMs }: HeldLease,
  signal: AbortSignal,
): Promise<"stopped" | "the lease was taken" | "the lease could not be renewed"> {
  let heldUntilMs = firstUntilMs;
  while (!signal.aborted) {
    const leftMs = heldUntilMs - deps.monotonicNow();
    if (leftMs <= 0) return "the lease could not be renewed";
    await deps.sleep(Math.min(RENEW_MS, leftMs), signal).catch(() => undefined);
    if (signal.aborted) break;
    const askedAtMs = deps.monotonicNow();
    try {
      const renewing = renewLease(deps.database, deps.lease, epoch, leaseMs);
      // Who was paused has no time left, and asks nevertheless: perhaps nobody took over.
      if (!(await inTime(deps, Math.max(heldUntilMs - askedAtMs, RENEW_MS), renewing))) {
        deps.onProblem(`another process took over ${deps.lease.name}; this one had epoch ${epoch}`);
        return "the lease was taken";
      }
      heldUntilMs = askedAtMs + leaseMs;
    } catch (error) {
      // The database may be back before the lease is over.
      deps.onProblem(error instanceof Error ? error.message : String(error));
    }
  }
  return "stopped";
}

/** A database whose host is gone answers nothing, not even that: whoever waits for it must not wait for ever. */
async function inTime<T>(deps: LeadershipDeps, delayMs: number, answer: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = deps.sleep(delayMs, answered.signal).then(
    () => Promise.reject(new Error(`the database did not answer within ${Math.round(delayMs)} ms`)),
    () => answer,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    answered.abort();
    // Whichever comes second is nobody's concern.
    answer.catch(() => undefined);
    late.catch(() => undefined);
  }
}
