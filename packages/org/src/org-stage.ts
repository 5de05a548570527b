import { FaultRegistry } from "./faults/fault-registry.ts";
import { OrgLog } from "./log/org-log.ts";
import { VirtualClock } from "./time/org-clock.ts";
import type { ClockState } from "./time/org-clock.ts";
import { realTime } from "./time/real-time.ts";

/** What surrounds an org and a real one does not let anybody touch: its time, its faults, and a log of all of it. */
export type OrgStage = {
  readonly clock: VirtualClock;
  readonly log: OrgLog;
  readonly faults: FaultRegistry;
};

export function openStage(time?: ClockState): OrgStage {
  const clock = new VirtualClock(realTime, time);
  const log = new OrgLog(() => clock.now());
  return { clock, log, faults: new FaultRegistry(clock, log) };
}
