import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../src/store/database.ts";
import { leadWhilePossible } from "../../src/store/leadership.ts";
import type { LeaseName } from "../../src/store/lease.ts";

/** So long that no stall of the machine ends a lease: `letExpire` and `skip` do. */
export const leaseMs = 60_000;

/** Waits between tries and renewals pass so much faster; those for an answer of the database do not. */
const HASTE = 20;
const LONGEST_PAUSE_MS = 500;

/** One process's wish to lead, as leadership sees it. */
export type Contender = AsyncDisposable & {
  readonly lease: LeaseName;
  /** What happened, in order: `leads 1`, `lost 1`, `stands by`. */
  readonly told: readonly string[];
  readonly problems: readonly string[];
  /** Resolves once that was told. */
  until(said: string): Promise<void>;
  /** From now on no wait of it ends: the process is stopped, and does not know. Resolves once it hangs in one. */
  pause(): Promise<void>;
  resume(): void;
  /** Its own clock goes ahead, as after a pause. */
  skip(durationMs: number): void;
  /** A clean stop; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
};

export function contend(database: Database, lease: LeaseName, holder: string): Contender {
  const told: string[] = [];
  const problems: string[] = [];
  const waiting = new Set<() => void>();
  const stopping = new AbortController();
  let paused: { readonly hangs: () => void; readonly over: PromiseWithResolvers<void> } | undefined;
  let aheadMs = 0;
  const tell = (said: string): void => {
    told.push(said);
    for (const wake of waiting) wake();
  };
  const running = leadWhilePossible(
    {
      database,
      lease,
      holder,
      leaseMs,
      monotonicNow: () => performance.now() + aheadMs,
      async sleep(delayMs, signal) {
        await delay(delayMs <= LONGEST_PAUSE_MS ? delayMs / HASTE : delayMs, undefined, { signal });
        paused?.hangs();
        await paused?.over.promise;
      },
      onStandby: () => tell("stands by"),
      onProblem: (message) => void problems.push(message),
    },
    async (epoch, signal) => {
      tell(`leads ${epoch}`);
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      tell(`lost ${epoch}`);
    },
    stopping.signal,
  );
  const resume = (): void => {
    paused?.over.resolve();
    paused = undefined;
  };
  const stop = async (): Promise<void> => {
    resume();
    stopping.abort();
    await running;
  };
  return {
    lease,
    told,
    problems,
    async until(said) {
      while (!told.includes(said)) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    pause: () =>
      new Promise((hangs) => {
        paused = { hangs, over: Promise.withResolvers<void>() };
      }),
    resume,
    skip: (durationMs) => void (aheadMs += durationMs),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** As if the time of the lease had passed; its holder is not told. */
export async function letExpire(database: Database, { orgId, name }: LeaseName): Promise<void> {
  await database.query(
    "UPDATE lease SET expires_at = now() - interval '1 second' WHERE org_id = $1 AND name = $2",
    [orgId, name],
  );
}

/** The same database behind a connection that can be cut: with an error, or in silence. */
export type Cuttable = Database & { cut: "no" | "loud" | "silent" };

export function cuttable(database: Database): Cuttable {
  const result: Cuttable = {
    ...database,
    cut: "no",
    query: (text, params) => {
      if (result.cut === "loud") return Promise.reject(new Error("the connection was cut"));
      if (result.cut === "silent") return new Promise(() => undefined);
      return database.query(text, params);
    },
  };
  return result;
}
