import { FilterSyntaxError, tokenizeFilter } from "./filter-tokens.ts";
import type { FilterLiteral, FilterToken } from "./filter-tokens.ts";

export type ComparisonOperator = "=" | "!=" | ">" | "<" | ">=" | "<=" | "LIKE";

/** The filter of a channel's member, as written in its `filterExpression`. */
export type EventFilter =
  | { readonly kind: "and" | "or"; readonly parts: readonly EventFilter[] }
  | { readonly kind: "not"; readonly part: EventFilter }
  | {
      readonly kind: "compare";
      readonly field: string;
      readonly operator: ComparisonOperator;
      readonly value: FilterLiteral;
    }
  | {
      readonly kind: "in";
      readonly field: string;
      readonly isNegated: boolean;
      readonly values: readonly FilterLiteral[];
    };

/**
 * Reads a filter expression of a channel member: `= != > < >= <= LIKE IN NOT IN` joined by AND, OR and NOT
 * (reference `salesforce-metadata.md`, E.4).
 *
 * @throws {FilterSyntaxError}
 */
export function parseEventFilter(text: string): EventFilter {
  const reader = new FilterReader(tokenizeFilter(text));
  const filter = reader.readOr();
  reader.requireEnd();
  return filter;
}

/** The names of the fields in a filter, each once. */
export function fieldsOfFilter(filter: EventFilter): ReadonlySet<string> {
  switch (filter.kind) {
    case "and":
    case "or":
      return new Set(filter.parts.flatMap((part) => [...fieldsOfFilter(part)]));
    case "not":
      return fieldsOfFilter(filter.part);
    case "compare":
    case "in":
      return new Set([filter.field]);
  }
}

const operators: readonly ComparisonOperator[] = ["=", "!=", ">", "<", ">=", "<="];

class FilterReader {
  readonly #tokens: readonly FilterToken[];
  #next = 0;

  constructor(tokens: readonly FilterToken[]) {
    this.#tokens = tokens;
  }

  readOr(): EventFilter {
    return this.#readJoined("or", () => this.#readJoined("and", () => this.#readNot()));
  }

  requireEnd(): void {
    const token = this.#tokens[this.#next];
    if (token !== undefined) throw unexpected(token, "AND, OR or the end");
  }

  #readJoined(kind: "and" | "or", readPart: () => EventFilter): EventFilter {
    const first = readPart();
    const parts = [first];
    while (this.#takeWord(kind)) parts.push(readPart());
    return parts.length === 1 ? first : { kind, parts };
  }

  #readNot(): EventFilter {
    if (this.#takeWord("not")) return { kind: "not", part: this.#readNot() };
    if (!this.#takeSymbol("(")) return this.#readComparison();
    const inner = this.readOr();
    if (!this.#takeSymbol(")")) throw unexpected(this.#tokens[this.#next], ")");
    return inner;
  }

  #readComparison(): EventFilter {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "word") throw unexpected(token, "a field");
    this.#next += 1;
    const field = token.text;
    if (this.#takeWord("in")) return { kind: "in", field, isNegated: false, values: this.#readList() };
    if (this.#takeWord("not")) {
      if (!this.#takeWord("in")) throw unexpected(this.#tokens[this.#next], "IN");
      return { kind: "in", field, isNegated: true, values: this.#readList() };
    }
    if (this.#takeWord("like"))
      return { kind: "compare", field, operator: "LIKE", value: this.#readLiteral() };
    const symbol = this.#tokens[this.#next];
    const operator = operators.find((known) => symbol?.kind === "symbol" && known === symbol.text);
    if (operator === undefined) throw unexpected(symbol, "= != > < >= <= LIKE, IN or NOT IN");
    this.#next += 1;
    return { kind: "compare", field, operator, value: this.#readLiteral() };
  }

  #readList(): readonly FilterLiteral[] {
    if (!this.#takeSymbol("(")) throw unexpected(this.#tokens[this.#next], "(");
    const values = [this.#readLiteral()];
    while (this.#takeSymbol(",")) values.push(this.#readLiteral());
    if (!this.#takeSymbol(")")) throw unexpected(this.#tokens[this.#next], ")");
    return values;
  }

  #readLiteral(): FilterLiteral {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token?.kind === "literal") return token.value;
    const word = token?.kind === "word" ? token.text.toLowerCase() : "";
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true";
    throw unexpected(token, "a value");
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "word" || token.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #takeSymbol(text: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "symbol" || token.text !== text) return false;
    this.#next += 1;
    return true;
  }
}

function unexpected(token: FilterToken | undefined, wanted: string): FilterSyntaxError {
  const where = token === undefined ? "at the end" : `at column ${token.column}, "${token.text}"`;
  return new FilterSyntaxError(`${wanted} is expected ${where}`);
}
