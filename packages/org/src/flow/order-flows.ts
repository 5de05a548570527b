import type { Flow } from "./flow.ts";

/** Flows without a trigger order run after those up to this number and before those above it. */
const lastOfFirstGroup = 1_000;

/** The active flows in the order in which they run within a stage; equal numbers by name. */
export function orderFlows(flows: readonly Flow[]): readonly Flow[] {
  const rank = (flow: Flow): number => flow.triggerOrder ?? lastOfFirstGroup + 0.5;
  return flows
    .filter((flow) => flow.isActive)
    .toSorted((left, right) => rank(left) - rank(right) || (left.name < right.name ? -1 : 1));
}
