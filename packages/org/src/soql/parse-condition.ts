import type { ComparisonOperator, Condition, FieldPath, SemiJoin, SoqlLiteral } from "./soql-ast.ts";
import type { TokenReader } from "./token-reader.ts";

const operators: ReadonlyMap<string, ComparisonOperator> = new Map([
  ["=", "="],
  ["!=", "!="],
  ["<>", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);

const maxParents = 5;
const maxNesting = 200;

/** Reads `Field` or `Parent.Parent.Field`. */
export function parseFieldPath(reader: TokenReader): FieldPath {
  const path = [reader.expectName("the name of a field")];
  while (reader.takeSymbol(".")) path.push(reader.expectName("the name of a field"));
  if (path.length > maxParents + 1) {
    throw reader.refuse(`${path.join(".")} climbs more than ${maxParents} relationships`);
  }
  return path;
}

/** Where a condition stands: how deep, and whether in the query of an IN, which takes no further one. */
type Nesting = { readonly depth: number; readonly isInSemiJoin: boolean };

/**
 * Reads a condition. Where AND and OR meet they need parentheses, as in Salesforce.
 *
 * @throws {SoqlError} MALFORMED_QUERY that names the place.
 */
export function parseCondition(
  reader: TokenReader,
  nesting: Nesting = { depth: 0, isInSemiJoin: false },
): Condition {
  const first = parseOperand(reader, nesting);
  const junction = reader.peekWord("AND") ? "AND" : "OR";
  const operands = [first];
  while (reader.takeWord(junction)) operands.push(parseOperand(reader, nesting));
  if (reader.peekWord("AND") || reader.peekWord("OR")) {
    throw reader.refuse("AND and OR need parentheses where they meet");
  }
  return operands.length === 1 ? first : { kind: junction === "AND" ? "and" : "or", operands };
}

function parseOperand(reader: TokenReader, nesting: Nesting): Condition {
  // Bounds the recursion of this parser and of the evaluation.
  if (nesting.depth > maxNesting)
    throw reader.refuse(`conditions are nested more than ${maxNesting} levels deep`);
  const inner = { ...nesting, depth: nesting.depth + 1 };
  if (reader.takeWord("NOT")) return { kind: "not", operand: parseOperand(reader, inner) };
  if (reader.takeSymbol("(")) {
    const condition = parseCondition(reader, inner);
    reader.expectSymbol(")");
    return condition;
  }
  const path = parseFieldPath(reader);
  if (reader.takeWord("LIKE")) return { kind: "like", path, pattern: parsePattern(reader) };
  if (reader.takeWord("IN")) return parseIn(reader, path, false, inner);
  if (reader.takeWord("NOT")) {
    reader.expectWord("IN");
    return parseIn(reader, path, true, inner);
  }
  const operator = operators.get(reader.peek().text);
  if (operator === undefined || reader.peek().kind !== "symbol") {
    throw reader.refuse(`an operator was expected after ${path.join(".")}`);
  }
  reader.skip(1);
  return { kind: "compare", path, operator, value: parseLiteral(reader) };
}

function parsePattern(reader: TokenReader): string {
  if (reader.peek().kind !== "string") throw reader.refuse("LIKE needs a string");
  return reader.take().text;
}

function parseIn(reader: TokenReader, path: FieldPath, negated: boolean, nesting: Nesting): Condition {
  reader.expectSymbol("(");
  if (reader.peekWord("SELECT")) {
    if (nesting.isInSemiJoin) throw reader.refuse("a query inside IN cannot hold another one");
    const query = parseSemiJoin(reader, nesting);
    reader.expectSymbol(")");
    return { kind: "in query", path, negated, query };
  }
  const values = [parseLiteral(reader)];
  while (reader.takeSymbol(",")) values.push(parseLiteral(reader));
  reader.expectSymbol(")");
  return { kind: "in", path, negated, values };
}

/** `SELECT field FROM object [WHERE …]`; the platform takes no ORDER BY and no LIMIT there. */
function parseSemiJoin(reader: TokenReader, nesting: Nesting): SemiJoin {
  reader.expectWord("SELECT");
  const path = parseFieldPath(reader);
  reader.expectWord("FROM");
  const from = reader.expectName("the name of an object");
  const where = reader.takeWord("WHERE") ? parseCondition(reader, { ...nesting, isInSemiJoin: true }) : null;
  return { path, from, where };
}

function parseLiteral(reader: TokenReader): SoqlLiteral {
  const token = reader.peek();
  switch (token.kind) {
    case "string":
      reader.skip(1);
      return { kind: "string", value: token.text };
    case "number":
      reader.skip(1);
      return { kind: "number", value: Number(token.text) };
    case "date":
    case "datetime": {
      const at = new Date(token.text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
      if (Number.isNaN(at.getTime())) throw reader.refuse(`${token.text} is no date of the calendar`);
      reader.skip(1);
      return { kind: token.kind, value: token.kind === "date" ? token.text : at.toISOString() };
    }
    case "word":
      return parseWordLiteral(reader);
    case "symbol":
    case "end":
      throw reader.refuse("a value was expected");
  }
}

function parseWordLiteral(reader: TokenReader): SoqlLiteral {
  if (reader.takeWord("NULL")) return { kind: "null" };
  if (reader.takeWord("TRUE")) return { kind: "boolean", value: true };
  if (reader.takeWord("FALSE")) return { kind: "boolean", value: false };
  throw reader.refuse(
    `${reader.peek().text} is no value; text needs quotes, date names are not supported here`,
  );
}
