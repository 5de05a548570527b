import { evaluateFormula } from "../formula/evaluate-formula.ts";
import type { FormulaScope } from "../formula/evaluate-formula.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { areEqual, compareValues, isBlank, showValue } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import { meetsLogic } from "./condition-logic.ts";
import type { ConditionOperator, EntryCondition, Flow } from "./flow.ts";
import { flowScope, readFlowValueIn } from "./flow-scope.ts";
import type { SaveView } from "./flow-scope.ts";

/**
 * Whether a save starts the flow. With "only when changed to meet" the whole condition is compared, not each field:
 * an order that met one half of an OR before does not start the flow by meeting the other half too.
 */
export function startsFlow(flow: Flow, view: SaveView): boolean {
  const { operation, entry, onlyWhenChangedToMeet } = flow.start;
  const isInsert = view.prior === undefined;
  if (operation === (isInsert ? "Update" : "Create")) return false;
  if (!meetsEntry(flow, entry, view)) return false;
  if (isInsert || !onlyWhenChangedToMeet) return true;
  return !meetsEntry(flow, entry, { ...view, record: view.prior });
}

/** Compares by the rules of flow conditions; text by exact case. */
export function meetsCondition(
  operator: ConditionOperator,
  left: Value,
  right: Value,
  readPrior: () => Value | undefined,
): boolean {
  const order = compareValues(left, right);
  switch (operator) {
    case "EqualTo":
      return areEqual(left, right);
    case "NotEqualTo":
      return !areEqual(left, right);
    case "GreaterThan":
      return order === 1;
    case "LessThan":
      return order === -1;
    case "GreaterThanOrEqualTo":
      return order === 1 || order === 0;
    case "LessThanOrEqualTo":
      return order === -1 || order === 0;
    case "StartsWith":
      return showValue(left).startsWith(showValue(right));
    case "EndsWith":
      return showValue(left).endsWith(showValue(right));
    case "Contains":
      return showValue(left).includes(showValue(right));
    case "IsNull":
      return (left === null) === (right === true);
    case "IsBlank":
    case "IsEmpty":
      return isBlank(left) === (right === true);
    case "IsChanged": {
      const prior = readPrior();
      return (prior !== undefined && !areEqual(prior, left)) === (right === true);
    }
  }
}

/** The prior value behind a reference; other things than fields of the record never change within a save. */
export function priorOf(scope: FormulaScope, path: string): Value | undefined {
  if (path.startsWith("$Record.")) return scope.readPrior(path);
  throw new FormulaError(`IsChanged takes a field of $Record, and got ${path}`);
}

function meetsEntry(flow: Flow, entry: EntryCondition, view: SaveView): boolean {
  const scope = flowScope(view, flow.resources, new Map(), null);
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
        return meetsCondition(filter.operator, scope.read(path), right, () => priorOf(scope, path));
      });
  }
}
