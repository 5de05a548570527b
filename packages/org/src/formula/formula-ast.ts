import type { Value } from "./value.ts";

export type Operator = "or" | "and" | "=" | "<>" | "<" | "<=" | ">" | ">=" | "&" | "+" | "-" | "*" | "/";

export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "reference"; readonly path: string }
  | { readonly kind: "not" | "negate"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** Every path that the expression reads, each once. */
export function referencesOf(expression: Expression): ReadonlySet<string> {
  switch (expression.kind) {
    case "literal":
      return new Set();
    case "reference":
      return new Set([expression.path]);
    case "not":
    case "negate":
      return referencesOf(expression.operand);
    case "binary":
      return referencesOf(expression.left).union(referencesOf(expression.right));
    case "call":
      return new Set(expression.args.flatMap((arg) => [...referencesOf(arg)]));
  }
}

export type Call = Extract<Expression, { kind: "call" }>;

/** Every call of a function in the expression, inner ones included. */
export function callsIn(expression: Expression): readonly Call[] {
  switch (expression.kind) {
    case "literal":
    case "reference":
      return [];
    case "not":
    case "negate":
      return callsIn(expression.operand);
    case "binary":
      return [...callsIn(expression.left), ...callsIn(expression.right)];
    case "call":
      return [expression, ...expression.args.flatMap(callsIn)];
  }
}
