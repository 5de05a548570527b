import type { FieldDefinition, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import { toLongId } from "../soql/record-id.ts";
import { RestError } from "./rest-error.ts";

/**
 * The fields of a request body, checked for name and type and brought into the org's own form:
 * 18-character ids, ISO date-times in UTC. What the values may be is decided by the save itself.
 *
 * @throws {RestError} INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE, MALFORMED_ID or JSON_PARSER_ERROR.
 */
export function readRecordInput(
  object: ObjectDefinition,
  body: unknown,
  purpose: "create" | "update",
): OrgRecord {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RestError(
      400,
      "JSON_PARSER_ERROR",
      `the body must be a JSON object with fields of ${object.name}`,
    );
  }
  const values: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name === "attributes") continue;
    const field = findInputField(object, name);
    const isWritable = purpose === "create" ? field.createable : field.updateable;
    if (!isWritable) {
      const message = `field ${field.name} of ${object.name} cannot be set on ${purpose}`;
      throw new RestError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, [field.name]);
    }
    values[field.name] = readFieldValue(field, value);
  }
  return values;
}

/** Field names are compared without case, as in a real org. */
export function findInputField(object: ObjectDefinition, name: string): FieldDefinition {
  const wanted = name.toLowerCase();
  const found =
    object.fields.get(name) ??
    [...object.fields.values()].find((field) => field.name.toLowerCase() === wanted);
  if (found === undefined) {
    const message = `No such column '${name}' on sobject of type ${object.name}`;
    throw new RestError(400, "INVALID_FIELD", message, [name]);
  }
  return found;
}

/** @throws {RestError} MALFORMED_ID or JSON_PARSER_ERROR when the value is of another type than the field. */
export function readFieldValue(field: FieldDefinition, value: unknown): FieldValue {
  if (value === null) return null;
  switch (field.type) {
    case "boolean":
      return typeof value === "boolean" ? value : refuse(field, value, "true or false");
    case "double":
    case "currency":
    case "percent":
    case "int":
      return typeof value === "number" ? value : refuse(field, value, "a number");
    case "datetime":
      return readDateTime(field, value);
    case "date":
      return readDate(field, value);
    case "id":
    case "reference": {
      const id = typeof value === "string" ? (value === "" ? null : toLongId(value)) : undefined;
      if (id !== undefined) return id;
      throw new RestError(
        400,
        "MALFORMED_ID",
        `${field.label}: id value of incorrect type: ${shown(value)}`,
        [field.name],
      );
    }
    case "string":
    case "textarea":
    case "picklist":
    case "multipicklist":
    case "email":
    case "phone":
    case "url":
    case "address":
      return typeof value === "string" ? value : refuse(field, value, "text");
  }
}

function readDateTime(field: FieldDefinition, value: unknown): string {
  const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;
  const expected = "a date-time such as 2026-01-31T12:00:00.000Z";
  if (typeof value !== "string" || !pattern.test(value)) return refuse(field, value, expected);
  const at = new Date(value.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(at.getTime()) ? refuse(field, value, expected) : at.toISOString();
}

function readDate(field: FieldDefinition, value: unknown): string {
  const expected = "a date such as 2026-01-31";
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return refuse(field, value, expected);
  const at = new Date(`${value}T00:00:00Z`);
  const isDay = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
  return isDay ? value : refuse(field, value, expected);
}

function refuse(field: FieldDefinition, value: unknown, expected: string): never {
  const message = `field ${field.name} takes ${expected}, and got ${shown(value)}`;
  throw new RestError(400, "JSON_PARSER_ERROR", message, [field.name]);
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}
