import { setTimeout as delay } from "node:timers/promises";

/** Time and chance as the system gives them; tests pass their own. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Rejects when the signal aborts. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: async (delayMs, signal) => {
    await delay(delayMs, undefined, { signal });
  },
};
