import type { Flow } from "../flow/flow.ts";
import type { FlowTestCondition } from "./flow-test.ts";

/**
 * The element, or the rule of a decision, that a condition asks about: whether it ran, or whether it failed. Undefined
 * when it asks for a value, such as what a lookup found.
 */
export function elementAsked(flow: Flow, { left, operator, right }: FlowTestCondition): string | undefined {
  if (!isElement(flow, left)) return undefined;
  if (operator === "WasVisited" || operator === "HasError") return left;
  // The test builder writes "the element was visited" as a comparison with true.
  const isComparison = operator === "EqualTo" || operator === "NotEqualTo";
  const isBoolean = right.kind === "literal" && typeof right.value === "boolean";
  return isComparison && isBoolean ? left : undefined;
}

function isElement(flow: Flow, name: string): boolean {
  if (flow.nodes.has(name)) return true;
  return [...flow.nodes.values()].some(
    (node) => node.kind === "decision" && node.rules.some((rule) => rule.name === name),
  );
}
