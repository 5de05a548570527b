import type { Expression, Operator } from "./formula-ast.ts";
import { typeOfValue } from "./value.ts";
import type { ValueType } from "./value.ts";

/** Functions whose type does not depend on their arguments. */
const functionTypes: ReadonlyMap<string, ValueType> = new Map([
  ...["AND", "OR", "NOT", "ISBLANK", "ISNULL", "ISPICKVAL", "CONTAINS", "BEGINS", "ISCHANGED", "ISNEW"].map(
    (name) => [name, "boolean"] as const,
  ),
  ...["TEXT", "LEFT", "RIGHT", "MID", "UPPER", "LOWER", "TRIM", "SUBSTITUTE"].map(
    (name) => [name, "text"] as const,
  ),
  ...["VALUE", "LEN", "ABS", "ROUND", "FLOOR", "CEILING", "MOD", "MIN", "MAX"].map(
    (name) => [name, "number"] as const,
  ),
  ["NOW", "datetime"],
  ["DATETIMEVALUE", "datetime"],
  ["TODAY", "date"],
  ["DATEVALUE", "date"],
]);

/**
 * The type of what an expression gives, as far as it can be told before it is evaluated; null when it cannot, or when
 * it is always null.
 */
export function typeOfExpression(
  expression: Expression,
  typeOfPath: (path: string) => ValueType | null,
): ValueType | null {
  const typeOf = (part: Expression | undefined): ValueType | null =>
    part === undefined ? null : typeOfExpression(part, typeOfPath);
  switch (expression.kind) {
    case "literal":
      return expression.value === null ? null : typeOfValue(expression.value);
    case "reference":
      return typeOfPath(expression.path);
    case "not":
      return "boolean";
    case "negate":
      return "number";
    case "binary":
      return typeOfBinary(expression.operator, typeOf(expression.left), typeOf(expression.right));
    case "call":
      return functionTypes.get(expression.name) ?? typeOfChoice(expression.name, expression.args, typeOf);
  }
}

function typeOfBinary(operator: Operator, left: ValueType | null, right: ValueType | null): ValueType | null {
  switch (operator) {
    case "and":
    case "or":
    case "=":
    case "<>":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return "boolean";
    case "&":
      return "text";
    case "*":
    case "/":
      return "number";
    case "+":
    case "-":
      if (left === null || right === null) return null;
      if (operator === "+" && (left === "text" || right === "text")) return "text";
      if (left === right) return "number";
      return left === "number" ? right : left;
  }
}

/** Functions that give one of their arguments. */
function typeOfChoice(
  name: string,
  args: readonly Expression[],
  typeOf: (part: Expression | undefined) => ValueType | null,
): ValueType | null {
  switch (name) {
    case "IF":
      return typeOf(args[1]) ?? typeOf(args[2]);
    case "CASE":
      return typeOf(args[2]) ?? typeOf(args.at(-1));
    case "BLANKVALUE":
    case "NULLVALUE":
      return typeOf(args[0]) ?? typeOf(args[1]);
    case "PRIORVALUE":
      return typeOf(args[0]);
    default:
      return null;
  }
}
