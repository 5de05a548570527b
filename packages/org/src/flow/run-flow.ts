import { FormulaError } from "../formula/formula-error.ts";
import { OrgError } from "../org-core.ts";
import type { OrgRecord } from "../org-core.ts";
import type { Flow, FlowNode, Link } from "./flow.ts";
import type { FlowActions } from "./flow-actions.ts";
import type { FlowScope, SaveView } from "./flow-scope.ts";
import { Interview } from "./interview.ts";

/** A record-triggered flow may execute this many elements for one record; a loop never ends otherwise. */
const maxElements = 2_000;

/** How a flow ended: `record` holds what it made of $Record. A custom error refuses the save. */
export type FlowOutcome =
  | { readonly kind: "finished"; readonly record: OrgRecord }
  | { readonly kind: "refused"; readonly message: string; readonly field: string | null };

/** What one run of a flow was like, for those who watch. */
export type FlowRun = {
  readonly flow: Flow;
  /** Null when an element failed and no fault path took it. */
  readonly outcome: FlowOutcome | null;
  /** What the flow sees at its end. */
  readonly scope: FlowScope;
  /** Elements that ran and rules of decisions that were met. */
  readonly visited: ReadonlySet<string>;
  /** Elements that failed, whether a fault path took it or not. */
  readonly failed: ReadonlySet<string>;
};

/**
 * Runs one interview of a flow whose entry condition is met.
 *
 * @throws {OrgError} CANNOT_EXECUTE_FLOW_TRIGGER when an element fails and no fault path takes it.
 */
export function runFlow(
  flow: Flow,
  view: SaveView,
  actions: FlowActions,
  onFlowRun: (run: FlowRun) => void,
): FlowOutcome {
  const interview = new Interview(flow, view, actions);
  const visited = new Set<string>();
  const failed = new Set<string>();
  let outcome: FlowOutcome | null = null;
  try {
    outcome = conduct(flow, interview, visited, failed);
    return outcome;
  } finally {
    onFlowRun({ flow, outcome, scope: interview.scope(), visited, failed });
  }
}

function conduct(flow: Flow, interview: Interview, visited: Set<string>, failed: Set<string>): FlowOutcome {
  let link = flow.start.next;
  for (let count = 0; link !== null; count += 1) {
    const node = flow.nodes.get(link.target);
    if (node === undefined) break;
    if (count >= maxElements) throw flowFailed(flow, node, `more than ${maxElements} elements were executed`);
    visited.add(node.name);
    try {
      if (node.kind === "custom_error") return interview.refusal(node);
      link = step(interview, node, visited);
    } catch (reason) {
      if (!(reason instanceof OrgError) && !(reason instanceof FormulaError)) throw reason;
      failed.add(node.name);
      interview.faultMessage = reason.message;
      const fault = faultOf(node);
      if (fault === null) throw isFlowFailure(reason) ? reason : flowFailed(flow, node, reason.message);
      link = fault;
    }
  }
  return { kind: "finished", record: interview.record };
}

function step(
  interview: Interview,
  node: Exclude<FlowNode, { kind: "custom_error" }>,
  visited: Set<string>,
): Link | null {
  if (node.kind !== "decision") return interview.execute(node);
  const rule = interview.decide(node);
  if (rule === undefined) return node.otherwise;
  visited.add(rule.name);
  return rule.next;
}

function faultOf(node: FlowNode): Link | null {
  return node.kind === "create" || node.kind === "lookup" || node.kind === "update" ? node.fault : null;
}

/** The failure of a flow that this one started: saying so again at each level would bury the reason. */
function isFlowFailure(reason: Error): boolean {
  return reason instanceof OrgError && reason.code === "CANNOT_EXECUTE_FLOW_TRIGGER";
}

function flowFailed(flow: Flow, node: FlowNode, detail: string): OrgError {
  const message = `The flow ${flow.name} failed at ${node.name}, and nothing was saved: ${detail}`;
  return new OrgError("CANNOT_EXECUTE_FLOW_TRIGGER", message);
}
