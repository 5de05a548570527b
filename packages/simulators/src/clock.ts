import { setTimeout as sleepFor } from "node:timers/promises";

/** Time as the simulators see it. Tests pass their own. */
export type SimulatorClock = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
};

export const systemClock: SimulatorClock = {
  now: () => Date.now(),
  sleep: async (delayMs, signal) => {
    await sleepFor(delayMs, undefined, { signal });
  },
};
