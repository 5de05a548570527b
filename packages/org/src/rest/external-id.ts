import type { FieldDefinition, FieldValue, ObjectDefinition, OrgCore, OrgRecord } from "../org-core.ts";
import { findInputField, readFieldValue } from "./record-input.ts";
import { RestError } from "./rest-error.ts";

/** One value of an external id, or of the record's own id, as a path names it. */
export type ExternalId = { readonly field: FieldDefinition; readonly value: FieldValue };

/** @throws {RestError} NOT_FOUND for a field that is no external id, or a value of another type. */
export function readExternalId(object: ObjectDefinition, fieldName: string, text: string): ExternalId {
  const field = [...object.fields.values()].find(
    ({ name }) => name.toLowerCase() === fieldName.toLowerCase(),
  );
  if (field === undefined || (field.externalId !== true && field.name !== "Id")) {
    const message = `Provided external ID field does not exist or is not accessible: ${fieldName}`;
    throw new RestError(404, "NOT_FOUND", message);
  }
  const isNumber = field.type === "double" && text.trim() !== "" && Number.isFinite(Number(text));
  return { field, value: readFieldValue(field, isNumber ? Number(text) : text) };
}

/**
 * @returns undefined when no record has the value.
 * @throws {RestError} 300 when several have it.
 */
export function findByExternalId(
  core: Pick<OrgCore, "get" | "all">,
  object: ObjectDefinition,
  { field, value }: ExternalId,
): OrgRecord | undefined {
  if (field.name === "Id") return core.get(object.name, String(value));
  const found: OrgRecord[] = [];
  for (const record of core.all(object.name)) {
    if (isSame(field, record[field.name] ?? null, value)) found.push(record);
  }
  if (found.length <= 1) return found[0];
  const ids = found.map((record) => String(record["Id"])).join(", ");
  const message = `external id: more than one record found for field ${field.name}: ${ids}`;
  throw new RestError(300, "MULTIPLE_CHOICES", message, [field.name]);
}

/** @throws {RestError} INVALID_FIELD when the body names the field that the path has already. */
export function refuseKeyInBody(object: ObjectDefinition, { field }: ExternalId, body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  for (const name of Object.keys(body)) {
    if (name === "attributes" || findInputField(object, name).name !== field.name) continue;
    const message = `The ${field.name} field should not be specified in the sobject data.`;
    throw new RestError(400, "INVALID_FIELD", message, [field.name]);
  }
}

function isSame(field: FieldDefinition, stored: FieldValue, wanted: FieldValue): boolean {
  if (typeof stored !== "string" || typeof wanted !== "string" || field.caseSensitive === true) {
    return stored === wanted;
  }
  return stored.toLowerCase() === wanted.toLowerCase();
}
