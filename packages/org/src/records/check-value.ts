import { isRecordId } from "../ids.ts";
import { OrgError } from "../org-core.ts";
import type { FieldDefinition, FieldValue } from "../org-core.ts";

/** How text is kept: records trim trailing blanks and store no empty text, events keep both. */
export type TextRule = "record" | "event";

/**
 * Brings a value into the form the org stores and checks it against its field. Whether a referenced record exists and
 * whether a required value is missing is checked elsewhere.
 *
 * @throws {OrgError} with Salesforce's code for what is wrong.
 */
export function checkValue(field: FieldDefinition, value: FieldValue, textRule: TextRule): FieldValue {
  if (value === null) return field.type === "boolean" ? false : null;
  switch (field.type) {
    case "boolean":
      return typeof value === "boolean" ? value : refuseType(field, value, "true or false");
    case "double":
    case "currency":
    case "percent":
    case "int":
      return typeof value === "number" ? checkNumber(field, value) : refuseType(field, value, "a number");
    case "datetime":
      return checkTime(field, value, /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/, (iso) => iso);
    case "date":
      return checkTime(field, value, /^\d{4}-\d{2}-\d{2}$/, (iso) => iso.slice(0, 10));
    case "id":
    case "reference":
      if (typeof value === "string" && isRecordId(value)) return value;
      throw new OrgError("MALFORMED_ID", `${field.label}: id value of incorrect type: ${shown(value)}`, [
        field.name,
      ]);
    case "string":
    case "textarea":
    case "picklist":
    case "multipicklist":
    case "email":
    case "phone":
    case "url":
    case "address":
      return typeof value === "string" ? checkText(field, value, textRule) : refuseType(field, value, "text");
  }
}

function checkText(field: FieldDefinition, value: string, textRule: TextRule): string | null {
  const text = textRule === "record" ? value.trimEnd() : value;
  if (textRule === "record" && text === "") return null;
  if (field.length !== null && text.length > field.length) {
    const message = `${field.label}: data value too large: ${shown(text)} (max length=${field.length})`;
    throw new OrgError("STRING_TOO_LONG", message, [field.name]);
  }
  const chosen = field.type === "multipicklist" ? text.split(";").map((part) => part.trim()) : [text];
  const stray = chosen.find((value) => !field.picklistValues.includes(value));
  if (field.picklistValues.length > 0 && stray !== undefined) {
    const allowed = field.picklistValues.join(", ");
    const message = `${field.label}: bad value for restricted picklist field: ${shown(stray)}. Allowed are ${allowed}.`;
    throw new OrgError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name]);
  }
  if (field.type === "email" && !/^[^\s@]+@[^\s@]+$/.test(text)) {
    const message = `${field.label}: invalid email address: ${shown(text)}`;
    throw new OrgError("INVALID_EMAIL_ADDRESS", message, [field.name]);
  }
  return field.type === "multipicklist" ? [...new Set(chosen)].join(";") : text;
}

/** Digits after the point are rounded to the field's scale, as on the platform; too many before it are refused. */
function checkNumber(field: FieldDefinition, value: number): number {
  const scale = field.scale ?? 0;
  const digits = (field.precision ?? 18) - scale;
  if (!Number.isFinite(value) || Math.abs(value) >= 10 ** digits) {
    const message = `${field.label}: value outside of valid range on numeric field: ${value} (${digits} digits before the point)`;
    throw new OrgError("NUMBER_OUTSIDE_VALID_RANGE", message, [field.name]);
  }
  const factor = 10 ** scale;
  // Beyond 2^53 a scaled number has no room for more digits than it shows.
  if (!Number.isSafeInteger(Math.round(value * factor))) return value;
  return (Math.sign(value) * Math.round(Math.abs(value) * factor)) / factor || 0;
}

function checkTime(
  field: FieldDefinition,
  value: FieldValue,
  pattern: RegExp,
  shape: (iso: string) => string,
): string {
  const parsed =
    typeof value === "string" && pattern.test(value) ? Date.parse(normalizeOffset(value)) : Number.NaN;
  if (Number.isNaN(parsed)) return refuseType(field, value, `a ${field.type} in ISO 8601`);
  return shape(new Date(parsed).toISOString());
}

/** `+0000`, as the REST API writes it, is not understood by Date. */
function normalizeOffset(text: string): string {
  return text.replace(/([+-]\d{2})(\d{2})$/, "$1:$2");
}

function refuseType(field: FieldDefinition, value: FieldValue, expected: string): never {
  const message = `${field.label}: value not of required type: ${shown(value)} (expected ${expected})`;
  throw new OrgError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field.name]);
}

function shown(value: FieldValue): string {
  const text = String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
