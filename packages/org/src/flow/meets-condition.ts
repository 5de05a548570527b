import type { FormulaScope } from "../formula/evaluate-formula.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { areEqual, compareValues, isBlank, showValue } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import type { ConditionOperator } from "./flow.ts";
import { isCollection, isRecord, singleValue } from "./flow-data.ts";
import type { FlowData } from "./flow-data.ts";

/**
 * Compares by the rules of flow conditions: text by exact case, and an empty text is not null. Formulas know no such
 * difference.
 *
 * @throws {FormulaError} where the operator does not work on what is compared.
 */
export function meetsCondition(
  operator: ConditionOperator,
  left: FlowData,
  right: FlowData,
  readPrior: () => Value | undefined,
): boolean {
  switch (operator) {
    case "IsNull":
      return (left === null) === (right === true);
    case "IsEmpty":
      return (isCollection(left) ? left.items.length === 0 : isBlank(single(left))) === (right === true);
    case "IsBlank":
      return isBlank(single(left)) === (right === true);
    case "IsChanged": {
      const prior = readPrior();
      return (prior !== undefined && !areEqual(prior, single(left))) === (right === true);
    }
    case "In":
      return isAmong(single(left), right);
    case "NotIn":
      return !isAmong(single(left), right);
    case "EqualTo":
    case "NotEqualTo":
    case "GreaterThan":
    case "LessThan":
    case "GreaterThanOrEqualTo":
    case "LessThanOrEqualTo":
    case "StartsWith":
    case "EndsWith":
    case "Contains":
      return compare(operator, single(left), single(right));
  }
}

/** The prior value behind a reference; other things than fields of the record never change within a save. */
export function priorOf(scope: FormulaScope, path: string): Value | undefined {
  if (path.startsWith("$Record.")) return scope.readPrior(path);
  throw new FormulaError(`IsChanged takes a field of $Record, and got ${path}`);
}

type Comparison = Exclude<ConditionOperator, "IsNull" | "IsEmpty" | "IsBlank" | "IsChanged" | "In" | "NotIn">;

function compare(operator: Comparison, left: Value, right: Value): boolean {
  const order = compareValues(left, right);
  switch (operator) {
    case "EqualTo":
      return isSame(left, right);
    case "NotEqualTo":
      return !isSame(left, right);
    case "GreaterThan":
      return order === 1;
    case "LessThan":
      return order === -1;
    case "GreaterThanOrEqualTo":
      return order === 1 || order === 0;
    case "LessThanOrEqualTo":
      return order === -1 || order === 0;
    case "StartsWith":
      return left !== null && right !== null && showValue(left).startsWith(showValue(right));
    case "EndsWith":
      return left !== null && right !== null && showValue(left).endsWith(showValue(right));
    case "Contains":
      return left !== null && right !== null && showValue(left).includes(showValue(right));
  }
}

function isSame(left: Value, right: Value): boolean {
  return (left === null) === (right === null) && areEqual(left, right);
}

function isAmong(value: Value, among: FlowData): boolean {
  if (among === null) return false;
  if (!isCollection(among)) throw new FormulaError("In and NotIn need a collection");
  return among.items.some((item) => !isRecord(item) && isSame(value, item));
}

function single(data: FlowData): Value {
  return singleValue(data, "a condition");
}
