import type { FailureClass } from "./failure.ts";

/**
 * Where one approval of one order stands:
 * - `queued`         received; nothing was planned yet.
 * - `running`        at least one step is at work or due.
 * - `waiting`        every open step waits for a downstream that finishes later.
 * - `customer`       only the customer can move it on.
 * - `held`           a person of ours has to decide.
 * - `cancelling`     effects are being undone.
 * - `completed`, `cancelled`, `failed` are final; `failed` is a person's decision only.
 * - `before_go_live` approved before this deployment went live: never started.
 * - `absorbed`       another revision of the same order does its work.
 */
export type RevisionState =
  | "queued"
  | "running"
  | "waiting"
  | "customer"
  | "held"
  | "cancelling"
  | "completed"
  | "cancelled"
  | "failed"
  | "before_go_live"
  | "absorbed";

export const revisionStates: readonly RevisionState[] = [
  "queued",
  "running",
  "waiting",
  "customer",
  "held",
  "cancelling",
  "completed",
  "cancelled",
  "failed",
  "before_go_live",
  "absorbed",
];

const unfinished: ReadonlySet<RevisionState> = new Set([
  "queued",
  "running",
  "waiting",
  "customer",
  "held",
  "cancelling",
]);

/** An order has at most one unfinished revision. */
export function isUnfinished(state: RevisionState): boolean {
  return unfinished.has(state);
}

export type StepState = "pending" | "ready" | "running" | "done" | "failed" | "skipped";

/** What the roll-up needs to know of a step. */
export type StepStanding = {
  readonly state: StepState;
  /** Why it failed; null unless `failed`. */
  readonly failureClass: FailureClass | null;
  /** It was accepted by its downstream and finishes later. */
  readonly waitsForDownstream: boolean;
};

/**
 * The revision's state as its steps make it. What needs a person shows before what goes on beside it: an order
 * with one failed line and one running line is held.
 */
export function rollUp(steps: readonly StepStanding[]): RevisionState {
  const failed = steps.filter((step) => step.state === "failed");
  if (failed.some((step) => step.failureClass !== "customer")) return "held";
  if (failed.length > 0) return "customer";
  const open = steps.filter((step) => step.state !== "done" && step.state !== "skipped");
  if (open.length === 0) return "completed";
  const active = open.filter((step) => step.state !== "pending");
  return active.length > 0 && active.every((step) => step.waitsForDownstream) ? "waiting" : "running";
}
