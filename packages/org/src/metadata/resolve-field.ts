import type { FieldDefinition, ObjectDefinition, OrgSchema } from "../org-core.ts";
import { MetadataError } from "./metadata-error.ts";
import type { MetadataPlace } from "./metadata-error.ts";

/** @throws {MetadataError} unknown_reference naming the objects that the org has. */
export function resolveObject(schema: OrgSchema, objectName: string, place: MetadataPlace): ObjectDefinition {
  const object = schema.objects.get(objectName);
  if (object !== undefined) return object;
  const known = [...schema.objects.keys()].join(", ");
  throw unknown(place, `The org has no object ${objectName}; it has ${known}.`);
}

/**
 * The field at the end of a path such as `Status` or `Account.Name`.
 *
 * @throws {MetadataError} unknown_reference naming what the object does not have.
 */
export function resolveField(
  schema: OrgSchema,
  objectName: string,
  path: string,
  place: MetadataPlace,
): FieldDefinition {
  const object = resolveObject(schema, objectName, place);
  const fields = [...object.fields.values()];
  const dot = path.indexOf(".");
  if (dot === -1) {
    const field = object.fields.get(path);
    if (field !== undefined) return field;
    throw unknown(place, `${objectName} has no field "${path}"; it has ${nameAll(fields)}.`);
  }
  const relationship = path.slice(0, dot);
  const lookup = fields.find((field) => field.relationshipName === relationship);
  if (lookup === undefined || lookup.referenceTo === null) {
    throw unknown(place, `${objectName} has no relationship "${relationship}".`);
  }
  return resolveField(schema, lookup.referenceTo, path.slice(dot + 1), place);
}

function nameAll(fields: readonly FieldDefinition[]): string {
  return fields.map((field) => field.name).join(", ");
}

function unknown(place: MetadataPlace, detail: string): MetadataError {
  return new MetadataError(
    "unknown_reference",
    place,
    `${detail} Correct the name, or define what is missing.`,
  );
}
