import { SoqlError } from "./soql-error.ts";

export type SoqlToken = {
  readonly kind: "word" | "string" | "number" | "date" | "datetime" | "symbol" | "end";
  /** For strings the unescaped value, else the text as written. */
  readonly text: string;
  /** Where the token begins in the query, counted from 0. */
  readonly position: number;
};

const dateTimePattern = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})/iy;
const datePattern = /\d{4}-\d{2}-\d{2}(?![\dT])/y;
const numberPattern = /[+-]?\d+(?:\.\d+)?(?![\w-])/y;
const wordPattern = /[a-z_]\w*/iy;
const symbolPattern = /!=|<>|<=|>=|[=<>(),.]/y;
const spacePattern = /\s+/y;

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  "'": "'",
  '"': '"',
  "\\": "\\",
};

/**
 * Cuts a query into tokens; the last one is always `end`.
 *
 * @throws {SoqlError} MALFORMED_QUERY at a character that begins no token or an open string.
 */
export function readTokens(text: string): readonly SoqlToken[] {
  const tokens: SoqlToken[] = [];
  let position = 0;
  while (position < text.length) {
    const space = matchAt(spacePattern, text, position);
    if (space !== undefined) {
      position += space.length;
      continue;
    }
    if (text[position] === "'") {
      const string = readString(text, position);
      tokens.push({ kind: "string", text: string.value, position });
      position = string.end;
      continue;
    }
    const token = readBareToken(text, position);
    tokens.push(token);
    position += token.text.length;
  }
  tokens.push({ kind: "end", text: "", position: text.length });
  return tokens;
}

function readBareToken(text: string, position: number): SoqlToken {
  // A date-time begins with a date and a date with a number, so the longer form is tried first.
  const patterns = [
    ["datetime", dateTimePattern],
    ["date", datePattern],
    ["number", numberPattern],
    ["word", wordPattern],
    ["symbol", symbolPattern],
  ] as const;
  for (const [kind, pattern] of patterns) {
    const matched = matchAt(pattern, text, position);
    if (matched !== undefined) return { kind, text: matched, position };
  }
  throw SoqlError.at(text, position, `unexpected character "${text[position] ?? ""}"`);
}

function readString(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  let position = start + 1;
  while (position < text.length) {
    const character = text[position] ?? "";
    if (character === "'") return { value, end: position + 1 };
    if (character === "\\") {
      const next = text[position + 1] ?? "";
      // In LIKE patterns `\_` and `\%` stand for the characters themselves; the pattern reader needs the backslash.
      const replacement = next === "_" || next === "%" ? `\\${next}` : escapes[next];
      if (replacement === undefined) {
        throw SoqlError.at(text, position, `unknown escape "\\${next}" in a string`);
      }
      value += replacement;
      position += 2;
      continue;
    }
    value += character;
    position += 1;
  }
  throw SoqlError.at(text, start, "a string is not closed");
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}
