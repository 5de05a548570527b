import { FormulaError } from "../formula/formula-error.ts";
import { OrgError } from "../org-core.ts";
import type { OrgRecord } from "../org-core.ts";
import { startsFlow } from "./entry-condition.ts";
import type { Flow, FlowTiming } from "./flow.ts";
import type { FlowActions } from "./flow-actions.ts";
import type { SaveView } from "./flow-scope.ts";
import { runFlow } from "./run-flow.ts";
import type { FlowRun } from "./run-flow.ts";

/**
 * Runs the flows of one stage of a save, in their order; each before-save flow sees what the one before it made of
 * the record. Returns the record as it is afterwards.
 *
 * @throws {OrgError} when a flow refuses the save or fails.
 */
export function runTriggeredFlows(
  flows: readonly Flow[],
  timing: FlowTiming,
  view: SaveView,
  actions: FlowActions,
  onFlowRun: (run: FlowRun) => void = () => undefined,
): OrgRecord {
  let record = view.record;
  for (const flow of flows) {
    if (flow.start.timing !== timing || flow.start.objectName !== view.objectName) continue;
    const current = { ...view, record };
    if (!isStarted(flow, current)) continue;
    const outcome = runFlow(flow, current, actions, onFlowRun);
    if (outcome.kind === "refused") {
      const fields = outcome.field === null ? [] : [outcome.field];
      throw new OrgError("FIELD_CUSTOM_VALIDATION_EXCEPTION", outcome.message, fields);
    }
    if (timing === "RecordBeforeSave") record = outcome.record;
  }
  return record;
}

function isStarted(flow: Flow, view: SaveView): boolean {
  try {
    return startsFlow(flow, view);
  } catch (reason) {
    if (!(reason instanceof FormulaError)) throw reason;
    const message = `The entry condition of the flow ${flow.name} failed, and nothing was saved: ${reason.message}`;
    throw new OrgError("CANNOT_EXECUTE_FLOW_TRIGGER", message);
  }
}
