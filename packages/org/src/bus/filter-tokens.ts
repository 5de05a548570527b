/** A value in a filter: text, a number, true or false, null, or a moment in milliseconds. */
export type FilterLiteral = string | number | boolean | null;

/** Text that is no filter expression; `message` names the place. */
export class FilterSyntaxError extends Error {
  override readonly name = "FilterSyntaxError";
}

export type FilterToken = { readonly text: string; /** Counted from 1. */ readonly column: number } & (
  { readonly kind: "word" | "symbol" } | { readonly kind: "literal"; readonly value: FilterLiteral }
);

/** The largest whole number without a decimal point (reference `salesforce-metadata.md`, E.4). */
const maxWhole = 2_147_483_647;

const patterns = {
  space: /\s+/y,
  text: /'(?:[^'\\]|\\.)*'/y,
  moment: /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:?\d{2}))?/y,
  number: /-?\d+(?:\.\d+)?/y,
  word: /[A-Za-z_]\w*/y,
  symbol: /!=|>=|<=|[=<>(),]/y,
} as const;

/** @throws {FilterSyntaxError} naming the column. */
export function tokenizeFilter(text: string): readonly FilterToken[] {
  const tokens: FilterToken[] = [];
  let at = 0;
  const take = (kind: keyof typeof patterns): string | undefined => {
    const pattern = patterns[kind];
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const column = at + 1;
    const space = take("space");
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const quoted = take("text");
    const moment = take("moment");
    const number = take("number");
    const word = take("word");
    const symbol = take("symbol");
    const found = quoted ?? moment ?? number ?? word ?? symbol;
    if (found === undefined) {
      throw new FilterSyntaxError(`"${text.slice(at, at + 10)}" at column ${column} is not understood`);
    }
    if (quoted !== undefined) {
      const value = quoted.slice(1, -1).replaceAll(/\\(.)/g, "$1");
      tokens.push({ kind: "literal", text: found, column, value });
    } else if (moment !== undefined) {
      tokens.push({ kind: "literal", text: found, column, value: Date.parse(moment) });
    } else if (number !== undefined) {
      tokens.push({ kind: "literal", text: found, column, value: readNumber(number, column) });
    } else tokens.push({ kind: word === undefined ? "symbol" : "word", text: found, column });
    at += found.length;
  }
  return tokens;
}

function readNumber(text: string, column: number): number {
  const value = Number(text);
  if (text.includes(".") || Math.abs(value) <= maxWhole) return value;
  throw new FilterSyntaxError(
    `the number ${text} at column ${column} needs a decimal point: write ${text}.0`,
  );
}
