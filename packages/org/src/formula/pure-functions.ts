import { FormulaError } from "./formula-error.ts";
import { areEqual, compareValues, dayMs, fromText, isBlank, showValue } from "./value.ts";
import type { Value } from "./value.ts";

/** A function of its arguments alone. */
export type PureFunction = {
  readonly min: number;
  readonly max: number;
  readonly apply: (args: readonly Value[]) => Value;
};

/** Functions that formulas may call, by their upper-case name. */
export const pureFunctions: ReadonlyMap<string, PureFunction> = new Map([
  define("NOT", 1, 1, ([value]) => value !== true),
  define("ISBLANK", 1, 1, ([value = null]) => isBlank(value)),
  define("ISNULL", 1, 1, ([value = null]) => value === null),
  define("BLANKVALUE", 2, 2, ([value = null, other = null]) => (isBlank(value) ? other : value)),
  define("NULLVALUE", 2, 2, ([value = null, other = null]) => value ?? other),
  define("ISPICKVAL", 2, 2, ([value = null, other = null]) => areEqual(value, other)),
  define("TEXT", 1, 1, ([value = null]) => showValue(value)),
  define("VALUE", 1, 1, ([value = null]) => toNumber(text(value))),
  define("LEN", 1, 1, ([value = null]) => text(value).length),
  define("LEFT", 2, 2, ([value = null, count = null]) => text(value).slice(0, number(count))),
  define("RIGHT", 2, 2, ([value = null, count = null]) => rightOf(text(value), number(count))),
  define("MID", 3, 3, ([value = null, start = null, count = null]) =>
    text(value).slice(number(start) - 1, number(start) - 1 + number(count)),
  ),
  define("UPPER", 1, 1, ([value = null]) => text(value).toUpperCase()),
  define("LOWER", 1, 1, ([value = null]) => text(value).toLowerCase()),
  define("TRIM", 1, 1, ([value = null]) => text(value).trim()),
  define("SUBSTITUTE", 3, 3, ([value = null, from = null, to = null]) =>
    text(value).replaceAll(text(from), () => text(to)),
  ),
  define("CONTAINS", 2, 2, ([value = null, part = null]) => text(value).includes(text(part))),
  define("BEGINS", 2, 2, ([value = null, part = null]) => text(value).startsWith(text(part))),
  define("ABS", 1, 1, ([value = null]) => ofNumber(value, Math.abs)),
  define("ROUND", 2, 2, ([value = null, digits = null]) => ofNumber(value, (n) => round(n, number(digits)))),
  define("FLOOR", 1, 1, ([value = null]) => ofNumber(value, Math.floor)),
  define("CEILING", 1, 1, ([value = null]) => ofNumber(value, Math.ceil)),
  define("MOD", 2, 2, ([value = null, by = null]) => ofNumber(value, (n) => n % number(by))),
  define("MIN", 1, Number.POSITIVE_INFINITY, (values) => pick(values, -1)),
  define("MAX", 1, Number.POSITIVE_INFINITY, (values) => pick(values, 1)),
  define("DATEVALUE", 1, 1, ([value = null]) => toDate(value)),
  define("DATETIMEVALUE", 1, 1, ([value = null]) => toDateTime(value)),
]);

function define(
  name: string,
  min: number,
  max: number,
  apply: PureFunction["apply"],
): readonly [string, PureFunction] {
  return [name, { min, max, apply }];
}

function text(value: Value): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  throw new FormulaError(`text is needed where ${showValue(value)} stands; TEXT() makes it text`);
}

function number(value: Value): number {
  if (typeof value === "number") return value;
  throw new FormulaError(`a number is needed where ${value === null ? "nothing" : showValue(value)} stands`);
}

function ofNumber(value: Value, change: (value: number) => number): number | null {
  return value === null ? null : change(number(value));
}

function toNumber(value: string): number | null {
  if (value.trim() === "") return null;
  const result = Number(value);
  if (Number.isNaN(result)) throw new FormulaError(`VALUE cannot read "${value}" as a number`);
  return result;
}

function rightOf(value: string, count: number): string {
  return count <= 0 ? "" : value.slice(-count);
}

/** Halves are rounded away from zero. */
function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return (Math.sign(value) * Math.round(Math.abs(value) * factor)) / factor;
}

function pick(values: readonly Value[], wanted: -1 | 1): Value {
  return values.reduce((best, value) => {
    if (isBlank(best)) return value;
    return compareValues(value, best) === wanted ? value : best;
  }, null);
}

function toDate(value: Value): Value {
  if (value === null || value === "") return null;
  if (typeof value === "object") {
    return value.kind === "date" ? value : { kind: "date", day: Math.floor(value.ms / dayMs) };
  }
  const parsed = typeof value === "string" ? fromText("date", value) : undefined;
  if (parsed === undefined) throw new FormulaError(`DATEVALUE cannot read ${showValue(value)} as a date`);
  return parsed;
}

function toDateTime(value: Value): Value {
  if (value === null || value === "") return null;
  if (typeof value === "object") {
    return value.kind === "datetime" ? value : { kind: "datetime", ms: value.day * dayMs };
  }
  const parsed = typeof value === "string" ? fromText("datetime", isoFrom(value)) : undefined;
  if (parsed === undefined) throw new FormulaError(`DATETIMEVALUE cannot read ${showValue(value)}`);
  return parsed;
}

/** `2026-01-31 12:00:00`, the form that formulas are written with, is in UTC. */
function isoFrom(text: string): string {
  return /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? `${text.replace(" ", "T")}Z` : text;
}
