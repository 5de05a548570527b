import type { Evidence, Verdict } from "./evidence.ts";

/** 7: whatever breaks continuity opens a numbered gap, which is closed by a check whose counts are kept. */
export function judgeGaps({ generations, store }: Evidence): Verdict {
  const resets = generations.length - 1;
  const broken = store.gaps.flatMap(({ gapId, isClosed, lastCheck }) => {
    if (!isClosed) return [`gap ${gapId} is open; its last check: ${JSON.stringify(lastCheck)}`];
    return lastCheck === null ? [`gap ${gapId} was closed without a check`] : [];
  });
  if (store.gaps.length < resets) {
    broken.push(`the event stream was reset ${resets} times, and only ${store.gaps.length} gaps were opened`);
  }
  return {
    invariant: 7,
    title: "every discontinuity has a gap, closed by a check",
    counts: {
      resets,
      gaps: store.gaps.length,
      closed: store.gaps.filter(({ isClosed }) => isClosed).length,
    },
    broken,
  };
}
