import type { Expression, Operator } from "./formula-ast.ts";
import { FormulaError } from "./formula-error.ts";
import { pureFunctions } from "./pure-functions.ts";
import { settle } from "./round-number.ts";
import { areEqual, compareValues, dayMs, isBlank, showValue } from "./value.ts";
import type { Value } from "./value.ts";

/** What a formula can look at. */
export type FormulaScope = {
  /** The value behind a path such as `$Record.Status` or `Account.Name`. */
  read(path: string): Value;
  /** The same before this save; undefined on insert, when there is no before. */
  readPrior(path: string): Value | undefined;
  readonly isNew: boolean;
  readonly nowMs: number;
};

/** @throws {FormulaError} where a value has the wrong type for what is done with it. */
export function evaluateFormula(expression: Expression, scope: FormulaScope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "reference":
      return scope.read(expression.path);
    case "not":
      return evaluateFormula(expression.operand, scope) !== true;
    case "negate":
      return calculate("-", 0, evaluateFormula(expression.operand, scope));
    case "binary":
      return applyOperator(expression, scope);
    case "call":
      return applyCall(expression.name, expression.args, scope);
  }
}

function applyOperator(
  { operator, left, right }: Extract<Expression, { kind: "binary" }>,
  scope: FormulaScope,
): Value {
  const first = evaluateFormula(left, scope);
  if (operator === "and" && first !== true) return false;
  if (operator === "or" && first === true) return true;
  const second = evaluateFormula(right, scope);
  switch (operator) {
    case "and":
    case "or":
      return second === true;
    case "=":
      return areEqual(first, second);
    case "<>":
      return !areEqual(first, second);
    case "<":
      return compareValues(first, second) === -1;
    case "<=":
      return [-1, 0].includes(compareValues(first, second) ?? 1);
    case ">":
      return compareValues(first, second) === 1;
    case ">=":
      return [0, 1].includes(compareValues(first, second) ?? -1);
    case "&":
      return showValue(first) + showValue(second);
    case "+":
    case "-":
    case "*":
    case "/":
      return calculate(operator, first, second);
  }
}

function applyCall(name: string, args: readonly Expression[], scope: FormulaScope): Value {
  const value = (index: number): Value => {
    const arg = args[index];
    return arg === undefined ? null : evaluateFormula(arg, scope);
  };
  switch (name) {
    case "IF":
      return value(0) === true ? value(1) : value(2);
    case "AND":
      return args.every((arg) => evaluateFormula(arg, scope) === true);
    case "OR":
      return args.some((arg) => evaluateFormula(arg, scope) === true);
    case "CASE":
      return chooseCase(args, value);
    case "NOW":
      return { kind: "datetime", ms: scope.nowMs };
    case "TODAY":
      return { kind: "date", day: Math.floor(scope.nowMs / dayMs) };
    case "ISNEW":
      return scope.isNew;
    case "ISCHANGED": {
      const prior = scope.readPrior(pathOf(args[0]));
      return prior !== undefined && !areEqual(prior, value(0));
    }
    case "PRIORVALUE": {
      const prior = scope.readPrior(pathOf(args[0]));
      return prior === undefined ? value(0) : prior;
    }
    default: {
      const known = pureFunctions.get(name);
      if (known === undefined) throw new FormulaError(`the function ${name} is not known here`);
      return known.apply(args.map((arg) => evaluateFormula(arg, scope)));
    }
  }
}

/** CASE(value, match, result, match, result, …, otherwise). */
function chooseCase(args: readonly Expression[], value: (index: number) => Value): Value {
  const subject = value(0);
  for (let index = 1; index + 1 < args.length; index += 2) {
    if (areEqual(subject, value(index))) return value(index + 1);
  }
  return value(args.length - 1);
}

function pathOf(expression: Expression | undefined): string {
  if (expression?.kind === "reference") return expression.path;
  throw new FormulaError("a field is needed here");
}

/** Nothing in an operand makes nothing of the whole. Days are the unit of date arithmetic. */
function calculate(operator: Extract<Operator, "+" | "-" | "*" | "/">, left: Value, right: Value): Value {
  if (operator === "+" && (typeof left === "string" || typeof right === "string")) {
    return showValue(left) + showValue(right);
  }
  if (isBlank(left) || isBlank(right)) return null;
  if (typeof left === "object" && left !== null) return calculateTime(operator, left, right);
  if (typeof right === "object" && right !== null && operator === "+") {
    return calculateTime(operator, right, left);
  }
  if (typeof left !== "number" || typeof right !== "number") {
    throw new FormulaError(`${showValue(left)} ${operator} ${showValue(right)} is not arithmetic`);
  }
  switch (operator) {
    case "+":
      return settle(left + right);
    case "-":
      return settle(left - right);
    case "*":
      return settle(left * right);
    case "/":
      if (right === 0) throw new FormulaError("division by zero");
      return left / right;
  }
}

function calculateTime(operator: string, left: Extract<Value, { kind: string }>, right: Value): Value {
  const leftMs = left.kind === "date" ? left.day * dayMs : left.ms;
  if (typeof right === "object" && right?.kind === left.kind && operator === "-") {
    return (leftMs - (right.kind === "date" ? right.day * dayMs : right.ms)) / dayMs;
  }
  if (typeof right === "number" && (operator === "+" || operator === "-")) {
    const sign = operator === "+" ? 1 : -1;
    if (left.kind === "date") return { kind: "date", day: left.day + sign * Math.trunc(right) };
    return { kind: "datetime", ms: Math.round(leftMs + sign * right * dayMs) };
  }
  throw new FormulaError(`${showValue(left)} ${operator} ${showValue(right)} is not date arithmetic`);
}
