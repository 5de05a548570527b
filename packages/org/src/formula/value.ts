import type { FieldDefinition, FieldType, FieldValue } from "../org-core.ts";
import { FormulaError } from "./formula-error.ts";

/** A value in a formula or a flow. Date-times are milliseconds since 1970, dates days since 1970. */
export type Value = string | number | boolean | null | DateValue | DateTimeValue;
export type DateValue = { readonly kind: "date"; readonly day: number };
export type DateTimeValue = { readonly kind: "datetime"; readonly ms: number };

export type ValueType = "text" | "number" | "boolean" | "date" | "datetime";

export const dayMs = 86_400_000;

/** The type that formulas and flows see; ids, picklists and all kinds of text are text to them. */
export function valueTypeOf(type: FieldType): ValueType {
  switch (type) {
    case "boolean":
    case "date":
    case "datetime":
      return type;
    case "double":
    case "currency":
    case "percent":
    case "int":
      return "number";
    case "id":
    case "reference":
    case "string":
    case "textarea":
    case "picklist":
    case "multipicklist":
    case "email":
    case "phone":
    case "url":
    case "address":
      return "text";
  }
}

/** A stored field value as formulas see it. */
export function fromField(field: FieldDefinition, stored: FieldValue): Value {
  if (typeof stored !== "string") return stored;
  return fromText(valueTypeOf(field.type), stored) ?? stored;
}

/** Reads a date or date-time from its ISO form; undefined when it is none, or the type is another one. */
export function fromText(type: ValueType, text: string): Value | undefined {
  if (type === "text") return text;
  const ms = type === "date" ? Date.parse(`${text}T00:00:00Z`) : Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  // Date takes the 30th of February for a day in March.
  if (type === "date" && new Date(ms).toISOString().slice(0, 10) !== text) return undefined;
  if (type === "date") return { kind: "date", day: Math.floor(ms / dayMs) };
  return type === "datetime" ? { kind: "datetime", ms } : undefined;
}

/**
 * A value in the form that records store. Lengths, picklist values and the like are the record's own business.
 *
 * @throws {FormulaError} when the value is of another type than the field.
 */
export function toField(field: FieldDefinition, value: Value): FieldValue {
  if (value === null) return field.type === "boolean" ? false : null;
  const type = valueTypeOf(field.type);
  if (typeOfValue(value) !== type) {
    throw new FormulaError(`${field.name} takes ${type}, and got ${typeOfValue(value)} ${showValue(value)}`);
  }
  return typeof value === "object" ? showValue(value) : value;
}

export function typeOfValue(value: Exclude<Value, null>): ValueType {
  if (typeof value === "object") return value.kind;
  if (typeof value === "string") return "text";
  return typeof value === "number" ? "number" : "boolean";
}

/** The value as text: numbers without trailing zeros, dates and date-times in ISO form, null as nothing. */
export function showValue(value: Value): string {
  if (value === null) return "";
  if (typeof value === "number") return showNumber(value);
  if (typeof value !== "object") return String(value);
  return value.kind === "date"
    ? new Date(value.day * dayMs).toISOString().slice(0, 10)
    : new Date(value.ms).toISOString();
}

/** With all digits and never with an exponent, as the platform writes numbers. */
function showNumber(value: number): string {
  const plain = String(value);
  if (!plain.includes("e")) return plain;
  return value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 });
}

/** An empty text is as blank as nothing at all. */
export function isBlank(value: Value): boolean {
  return value === null || value === "";
}

/** Equal in type and value; text by exact case. Blank text equals null, as records store no empty text. */
export function areEqual(left: Value, right: Value): boolean {
  if (isBlank(left) || isBlank(right)) return isBlank(left) && isBlank(right);
  return comparable(left) === comparable(right) && sameKind(left, right);
}

/** -1, 0 or 1; undefined where one side is blank or the types differ, which no order comparison meets. */
export function compareValues(left: Value, right: Value): -1 | 0 | 1 | undefined {
  if (isBlank(left) || isBlank(right) || !sameKind(left, right)) return undefined;
  const first = comparable(left);
  const second = comparable(right);
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function sameKind(left: Value, right: Value): boolean {
  return left !== null && right !== null && typeOfValue(left) === typeOfValue(right);
}

function comparable(value: Value): string | number | boolean {
  if (value === null) return "";
  if (typeof value !== "object") return value;
  return value.kind === "date" ? value.day : value.ms;
}
