import type { FoundRequest } from "../../orders/found-request.ts";
import type { PutRight } from "../../store/put-right.ts";
import { askAboutRevision, doubtEffect, holdRevision, writeAgain } from "../../store/put-right.ts";
import type { Store } from "../../store/store.ts";
import type { Draft, Finding, Repair } from "./finding.ts";

export type RepairDeps = {
  readonly store: Store;
  admit(request: FoundRequest): Promise<unknown>;
  /** Brings all stuck steps back, once for all findings. */
  wakeSteps(): Promise<unknown>;
};

/** Puts a finding right, each in a transaction of its own that looks again first. Never throws. */
export async function repairFinding(deps: RepairDeps, { repair, ...draft }: Draft): Promise<Finding> {
  if (repair === null) return { ...draft, outcome: "person" };
  try {
    return { ...draft, outcome: await putRight(deps, repair) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...draft, outcome: "failed", advice: `Repairing it failed: ${reason}` };
  }
}

/** As it was found, with nothing done. */
export function reportFinding({ repair, ...draft }: Draft): Finding {
  return { ...draft, outcome: repair === null ? "person" : "repairable" };
}

async function putRight(deps: RepairDeps, repair: Repair): Promise<PutRight> {
  const { store } = deps;
  switch (repair.kind) {
    case "admit":
      await deps.admit(repair.request);
      return "repaired";
    case "hold":
      return holdRevision(store, repair.seen, repair.question);
    case "ask":
      return askAboutRevision(store, repair.seen, repair.question);
    case "write_again":
      return writeAgain(store, repair.seen, repair.activate);
    case "doubt":
      return doubtEffect(store, repair.effectKey, repair.question);
    case "wake_steps":
      await deps.wakeSteps();
      return "repaired";
  }
}
