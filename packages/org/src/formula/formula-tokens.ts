import { FormulaError } from "./formula-error.ts";

export type FormulaToken =
  | { readonly kind: "text"; readonly value: string; readonly at: number }
  | { readonly kind: "number"; readonly value: number; readonly at: number }
  /** `{!$Record.Status}` in flows, `Status` or `$User.Id` in validation rules. */
  | { readonly kind: "reference"; readonly path: string; readonly at: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | { readonly kind: "symbol"; readonly symbol: string; readonly at: number };

const patterns = {
  space: /(?:\s|\/\*[\s\S]*?\*\/)+/y,
  text: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y,
  number: /\d+(?:\.\d+)?|\.\d+/y,
  merge: /\{!\s*([$A-Za-z][$\w.]*)\s*\}/y,
  path: /\$?[A-Za-z]\w*(?:\.[A-Za-z]\w*)*/y,
  symbol: /&&|\|\||<>|!=|<=|>=|==|[-&+*/=<>(),!^]/y,
} as const;

/** Splits a formula into tokens. `at` counts characters from 1. @throws {FormulaError} at what fits nowhere. */
export function readFormulaTokens(source: string): readonly FormulaToken[] {
  const tokens: FormulaToken[] = [];
  let index = 0;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = index;
    const found = pattern.exec(source) ?? undefined;
    if (found !== undefined) index += found[0].length;
    return found;
  };
  while (index < source.length) {
    const at = index + 1;
    if (match(patterns.space) !== undefined) continue;
    const token = nextToken(match, at);
    if (token === undefined) {
      throw new FormulaError(`"${source.slice(index, index + 10)}" at character ${at} is not understood`);
    }
    tokens.push(token);
  }
  return tokens;
}

function nextToken(
  match: (pattern: RegExp) => RegExpExecArray | undefined,
  at: number,
): FormulaToken | undefined {
  const merge = match(patterns.merge);
  if (merge !== undefined) return { kind: "reference", path: merge[1] ?? "", at };
  const text = match(patterns.text);
  if (text !== undefined) return { kind: "text", value: unescape(text[0].slice(1, -1)), at };
  const number = match(patterns.number);
  if (number !== undefined) return { kind: "number", value: Number(number[0]), at };
  const path = match(patterns.path);
  if (path !== undefined) return { kind: "name", name: path[0], at };
  const symbol = match(patterns.symbol);
  return symbol === undefined ? undefined : { kind: "symbol", symbol: symbol[0], at };
}

function unescape(text: string): string {
  const special: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  return text.replaceAll(/\\(.)/g, (_whole, character: string) => special[character] ?? character);
}
