import { evaluateFormula } from "../formula/evaluate-formula.ts";
import { meetsLogic } from "./condition-logic.ts";
import type { EntryCondition, Flow } from "./flow.ts";
import { emptyMemory, flowScope, readFlowValueIn } from "./flow-scope.ts";
import type { SaveView } from "./flow-scope.ts";
import { meetsCondition, priorOf } from "./meets-condition.ts";

/**
 * Whether a save starts the flow. With "only when changed to meet" the whole condition is compared, not each field:
 * an order that met one half of an OR before does not start the flow by meeting the other half too.
 *
 * @throws {FormulaError}
 */
export function startsFlow(flow: Flow, view: SaveView): boolean {
  const { operation, entry, onlyWhenChangedToMeet } = flow.start;
  const isInsert = view.prior === undefined;
  if (operation === (isInsert ? "Update" : "Create")) return false;
  if (!meetsEntry(flow, entry, view)) return false;
  if (isInsert || !onlyWhenChangedToMeet) return true;
  return !meetsEntry(flow, entry, { ...view, record: view.prior });
}

function meetsEntry(flow: Flow, entry: EntryCondition, view: SaveView): boolean {
  const scope = flowScope(view, flow.resources, emptyMemory);
  switch (entry.kind) {
    case "always":
      return true;
    case "formula":
      return evaluateFormula(entry.formula.expression, scope) === true;
    case "filters":
      return meetsLogic(entry.logic, (number) => {
        const filter = entry.filters[number - 1];
        if (filter === undefined) return false;
        const path = `$Record.${filter.field}`;
        const right = readFlowValueIn(scope, filter.value);
        return meetsCondition(filter.operator, scope.readData(path), right, () => priorOf(scope, path));
      });
  }
}
