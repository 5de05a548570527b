import type { Expression, Operator } from "./formula-ast.ts";
import { FormulaError } from "./formula-error.ts";
import { checkCall } from "./formula-functions.ts";
import { readFormulaTokens } from "./formula-tokens.ts";
import type { FormulaToken } from "./formula-tokens.ts";

/** From the loosest binding to the tightest; operators of one row group from the left. */
const precedence: readonly ReadonlyMap<string, Operator>[] = [
  new Map([["||", "or"]]),
  new Map([["&&", "and"]]),
  new Map([
    ["=", "="],
    ["==", "="],
    ["<>", "<>"],
    ["!=", "<>"],
  ]),
  new Map([
    ["<", "<"],
    ["<=", "<="],
    [">", ">"],
    [">=", ">="],
  ]),
  new Map([
    ["&", "&"],
    ["+", "+"],
    ["-", "-"],
  ]),
  new Map([
    ["*", "*"],
    ["/", "/"],
  ]),
];

const literals: ReadonlyMap<string, boolean | null> = new Map([
  ["TRUE", true],
  ["FALSE", false],
  ["NULL", null],
]);

/**
 * Reads a formula. References are not looked up here, functions are.
 *
 * @throws {FormulaError} for a syntax error, an unknown function or a wrong number of arguments.
 */
export function parseFormula(source: string): Expression {
  const cursor = new TokenCursor(readFormulaTokens(source));
  const expression = parseBinary(cursor, 0);
  const rest = cursor.peek();
  if (rest !== undefined) throw new FormulaError(`${show(rest)} at character ${rest.at} is too much`);
  return expression;
}

/** Where the parser stands in the tokens. */
class TokenCursor {
  readonly #tokens: readonly FormulaToken[];
  #index = 0;

  constructor(tokens: readonly FormulaToken[]) {
    this.#tokens = tokens;
  }

  peek(): FormulaToken | undefined {
    return this.#tokens[this.#index];
  }

  next(): FormulaToken {
    const token = this.peek();
    if (token === undefined) throw new FormulaError("the formula ends too early");
    this.#index += 1;
    return token;
  }

  skip(symbol: string): boolean {
    const token = this.peek();
    if (token?.kind !== "symbol" || token.symbol !== symbol) return false;
    this.#index += 1;
    return true;
  }

  expect(symbol: string): void {
    if (this.skip(symbol)) return;
    const token = this.next();
    throw new FormulaError(`"${symbol}" is missing before ${show(token)} at character ${token.at}`);
  }
}

function parseBinary(cursor: TokenCursor, level: number): Expression {
  const operators = precedence[level];
  if (operators === undefined) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const token = cursor.peek();
    const operator = token?.kind === "symbol" ? operators.get(token.symbol) : undefined;
    if (operator === undefined) return left;
    cursor.next();
    left = { kind: "binary", operator, left, right: parseBinary(cursor, level + 1) };
  }
}

function parseUnary(cursor: TokenCursor): Expression {
  if (cursor.skip("-")) return { kind: "negate", operand: parseUnary(cursor) };
  if (cursor.skip("!")) return { kind: "not", operand: parseUnary(cursor) };
  return parsePrimary(cursor);
}

function parsePrimary(cursor: TokenCursor): Expression {
  const token = cursor.next();
  switch (token.kind) {
    case "text":
    case "number":
      return { kind: "literal", value: token.value };
    case "reference":
      return { kind: "reference", path: token.path };
    case "name":
      return cursor.skip("(") ? parseCall(cursor, token.name) : parseName(token.name);
    case "symbol": {
      if (token.symbol !== "(") {
        throw new FormulaError(`${show(token)} at character ${token.at} cannot stand there`);
      }
      const inner = parseBinary(cursor, 0);
      cursor.expect(")");
      return inner;
    }
  }
}

function parseName(name: string): Expression {
  const literal = literals.get(name.toUpperCase());
  return literal === undefined ? { kind: "reference", path: name } : { kind: "literal", value: literal };
}

function parseCall(cursor: TokenCursor, name: string): Expression {
  const args: Expression[] = [];
  if (!cursor.skip(")")) {
    do args.push(parseBinary(cursor, 0));
    while (cursor.skip(","));
    cursor.expect(")");
  }
  const call = { kind: "call", name: name.toUpperCase(), args } as const;
  checkCall(call.name, args);
  return call;
}

function show(token: FormulaToken): string {
  switch (token.kind) {
    case "text":
      return `the text "${token.value}"`;
    case "number":
      return `the number ${token.value}`;
    case "reference":
      return `{!${token.path}}`;
    case "name":
      return token.name;
    case "symbol":
      return `"${token.symbol}"`;
  }
}
