import type { Evidence, Verdict } from "./evidence.ts";
import { generationOf, isAfter } from "./replay-order.ts";

/**
 * 5: a former leader cannot commit: all changes under one epoch are of the process that took it, and no epoch and, on
 * one bus, no position ever went back.
 */
export function judgeEpochs({ store, generations }: Evidence): Verdict {
  const broken: string[] = [];
  const moves = store.cursorMoves;
  const takenBy = new Map<number, string>();
  let highestEpoch = 0;
  let last: { readonly replayId: string; readonly generation: number } | undefined;
  for (const { seq, epoch, replayId, by } of moves) {
    const taker = takenBy.get(epoch) ?? by;
    takenBy.set(epoch, taker);
    if (by !== taker) broken.push(`change ${seq} is of ${by}, and epoch ${epoch} was taken by ${taker}`);
    if (epoch < highestEpoch)
      broken.push(`change ${seq} of the cursor has epoch ${epoch} after ${highestEpoch}`);
    highestEpoch = Math.max(highestEpoch, epoch);
    if (replayId === null) continue;
    const generation = generationOf(replayId, generations);
    if (generation === undefined) continue;
    if (last !== undefined) {
      const wentBack =
        generation < last.generation || (generation === last.generation && isAfter(last.replayId, replayId));
      if (wentBack) {
        broken.push(
          `change ${seq} (epoch ${epoch}) took the cursor back from ${last.replayId} to ${replayId}`,
        );
      }
    }
    last = { replayId, generation };
  }
  return {
    invariant: 5,
    title: "a former leader cannot commit",
    counts: { "changes of the cursor": moves.length, epochs: takenBy.size },
    broken,
  };
}
