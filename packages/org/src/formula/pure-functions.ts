import { FormulaError } from "./formula-error.ts";
import { roundTo, settle } from "./round-number.ts";
import { areEqual, dayMs, fromText, isBlank, showValue } from "./value.ts";
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
  define("TEXT", 1, 1, ([value = null]) => asText(value)),
  define("VALUE", 1, 1, ([value = null]) => toNumber(text(value))),
  define("LEN", 1, 1, ([value = null]) => text(value).length),
  define("LEFT", 2, 2, ([value = null, count = null]) => cut(value, 0, count)),
  define("RIGHT", 2, 2, ([value = null, count = null]) => {
    const whole = text(value);
    return count === null ? null : cut(whole, Math.max(0, whole.length - Math.trunc(number(count))), count);
  }),
  define("MID", 3, 3, ([value = null, start = null, count = null]) =>
    start === null ? null : cut(value, Math.max(0, Math.trunc(number(start)) - 1), count),
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
  define("ROUND", 2, 2, ([value = null, digits = null]) =>
    digits === null ? null : ofNumber(value, (n) => roundTo(n, number(digits))),
  ),
  // The platform's FLOOR goes towards zero and its CEILING away from it, also below zero.
  define("FLOOR", 1, 1, ([value = null]) => ofNumber(value, (n) => Math.trunc(n) || 0)),
  define("CEILING", 1, 1, ([value = null]) =>
    ofNumber(value, (n) => Math.sign(n) * Math.ceil(Math.abs(n)) || 0),
  ),
  define("MOD", 2, 2, ([value = null, by = null]) => (by === null ? null : remainder(value, number(by)))),
  define("MIN", 1, Number.POSITIVE_INFINITY, (values) => ofNumbers(values, Math.min)),
  define("MAX", 1, Number.POSITIVE_INFINITY, (values) => ofNumbers(values, Math.max)),
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

/** Nothing among the numbers makes nothing of the whole. */
function ofNumbers(values: readonly Value[], choose: (...numbers: number[]) => number): number | null {
  const numbers = values.filter((value) => value !== null).map(number);
  return numbers.length < values.length ? null : choose(...numbers);
}

/** The remainder has the sign of what is divided. */
function remainder(value: Value, by: number): number | null {
  if (by === 0) throw new FormulaError("division by zero");
  return ofNumber(value, (n) => {
    if (Number.isInteger(n) && Number.isInteger(by)) return n % by || 0;
    return settle(n - settle(by * Math.trunc(settle(n / by)))) || 0;
  });
}

/** Picklists and numbers as they stand; a date-time in the formulas' own form, in UTC and without milliseconds. */
function asText(value: Value): string {
  if (typeof value !== "object" || value?.kind !== "datetime") return showValue(value);
  return `${showValue(value).slice(0, 19).replace("T", " ")}Z`;
}

function toNumber(value: string): number | null {
  const digits = value.trim();
  if (digits === "") return null;
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(digits)) return Number(digits);
  throw new FormulaError(`VALUE cannot read "${value}" as a number`);
}

/** So many characters from a place on; no number of characters gives nothing. */
function cut(value: Value, start: number, count: Value): string | null {
  if (count === null) return null;
  return text(value).slice(start, start + Math.max(0, Math.trunc(number(count))));
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

/** `2026-01-31 12:00:00`, the form that formulas are written with, is in UTC; TEXT adds a Z to it. */
function isoFrom(text: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})Z?$/.exec(text) ?? [];
  return day === undefined || time === undefined ? text : `${day}T${time}Z`;
}
