import type { ComparisonOperator, EventFilter } from "./event-filter.ts";
import type { FilterLiteral } from "./filter-tokens.ts";

/** The fields of an event as its payload holds them: times are milliseconds. */
export type EventValues = Readonly<Record<string, unknown>>;

/** Whether a subscriber of the filtered channel sees the event. Text is compared without case. */
export function matchesFilter(filter: EventFilter, values: EventValues): boolean {
  switch (filter.kind) {
    case "and":
      return filter.parts.every((part) => matchesFilter(part, values));
    case "or":
      return filter.parts.some((part) => matchesFilter(part, values));
    case "not":
      return !matchesFilter(filter.part, values);
    case "compare":
      return compare(valueOf(values, filter.field), filter.operator, filter.value);
    case "in": {
      const value = valueOf(values, filter.field);
      return filter.values.some((candidate) => compare(value, "=", candidate)) !== filter.isNegated;
    }
  }
}

function valueOf(values: EventValues, field: string): FilterLiteral {
  const name = Object.keys(values).find((key) => key.toLowerCase() === field.toLowerCase());
  const value = name === undefined ? null : values[name];
  if (typeof value === "string") return value.toLowerCase();
  return typeof value === "number" || typeof value === "boolean" ? value : null;
}

function compare(value: FilterLiteral, operator: ComparisonOperator, literal: FilterLiteral): boolean {
  const wanted = typeof literal === "string" ? literal.toLowerCase() : literal;
  if (operator === "=") return value === wanted;
  if (operator === "!=") return value !== wanted;
  if (value === null || wanted === null) return false;
  if (operator === "LIKE") return patternOf(String(wanted)).test(String(value));
  switch (operator) {
    case ">":
      return value > wanted;
    case "<":
      return value < wanted;
    case ">=":
      return value >= wanted;
    case "<=":
      return value <= wanted;
  }
}

/** `%` stands for any text, `_` for one character. */
function patternOf(like: string): RegExp {
  const escaped = like.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}$`, "s");
}
