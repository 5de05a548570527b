import { setTimeout as delay } from "node:timers/promises";

/** Time and chance; tests pass their own. */
export type Timing = {
  /** Milliseconds since 1970. */
  clock(): number;
  /** A number in [0, 1). */
  random(): number;
  /** Waits `delayMs`; ends early, by resolving or rejecting, when `signal` aborts. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
};

/** Time and chance as the system gives them. */
export const systemDefaults: Timing = {
  clock: () => Date.now(),
  random: () => Math.random(),
  sleep: async (delayMs, signal) => {
    await delay(delayMs, undefined, { signal });
  },
};
