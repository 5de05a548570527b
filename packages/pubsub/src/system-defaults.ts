import { setTimeout as delay } from "node:timers/promises";

/** Time and chance; tests pass their own. */
export type Timing = {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Waits `delayMs`; ends early, by resolving or rejecting, when `signal` aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
};

/** Time and chance as the system gives them. */
export const systemDefaults: Timing = {
  clock: () => Date.now(),
  random: () => Math.random(),
  sleep: async (delayMs, signal) => {
    await delay(delayMs, undefined, { signal });
  },
};
