import type { OrgState } from "../state/org-state.ts";
import type { VirtualClock } from "./org-clock.ts";
import { realTime } from "./real-time.ts";

/** Rates are kept as whole thousandths. */
const rateUnit = 1_000;

/**
 * Lets the org's time go on where it stood when the org was last open, and keeps each change of it by hand. A clock
 * beside real time needs no memory.
 */
export function keepClock(
  clock: VirtualClock,
  state: Pick<OrgState, "remember" | "recall" | "onChange">,
): void {
  const keep = (): void => {
    const { nowMs, rate } = clock.state;
    state.remember("clock.now", nowMs);
    state.remember("clock.real", realTime.now());
    state.remember("clock.rate", Math.round(rate * rateUnit));
  };
  const nowMs = state.recall("clock.now");
  const realMs = state.recall("clock.real");
  if (nowMs !== undefined && realMs !== undefined) {
    const rate = (state.recall("clock.rate") ?? rateUnit) / rateUnit;
    clock.resume({ nowMs: Math.round(nowMs + (realTime.now() - realMs) * rate), rate });
  }
  clock.onChange(keep);
  // A copy of the org remembers another time, and the clock does not go back to it.
  state.onChange(keep);
}
