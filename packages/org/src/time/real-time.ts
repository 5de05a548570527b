import type { RealTime } from "./org-clock.ts";

/** The machine's own time. */
export const realTime: RealTime = {
  now: () => Date.now(),
  startTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
