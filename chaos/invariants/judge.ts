import { judgeCursor, judgeReceipt } from "./bus-coverage.ts";
import { judgeEffects } from "./effects.ts";
import { judgeEpochs } from "./epochs.ts";
import type { Evidence, Verdict } from "./evidence.ts";
import { judgeFates } from "./fates.ts";
import { judgeGaps } from "./gaps.ts";
import { judgeGoLive } from "./go-live.ts";
import { judgeHandOff } from "./hand-off.ts";
import { judgeStatuses } from "./statuses.ts";

/** The invariants of the design's section 4 that can be seen from the outside, each with what was counted. */
export function judge(evidence: Evidence): readonly Verdict[] {
  return [
    judgeCursor(evidence),
    judgeHandOff(evidence),
    judgeEffects(evidence),
    judgeEpochs(evidence),
    judgeReceipt(evidence),
    judgeGaps(evidence),
    judgeGoLive(evidence),
    judgeStatuses(evidence),
    judgeFates(evidence),
  ];
}
