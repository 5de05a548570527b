import { OrgError } from "../org-core.ts";
import type { FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import { checkValue } from "./check-value.ts";
import type { RecordStore } from "./record-store.ts";

/**
 * Who writes: a client may set what the object lets clients set, the org itself (roll-ups, seed data) anything.
 */
export type WriteOrigin = "client" | "org";

/**
 * Checks the fields of a save one by one and brings their values into the stored form.
 *
 * @throws {OrgError} INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE, or what is wrong with a value.
 */
export function checkInput(
  object: ObjectDefinition,
  values: OrgRecord,
  operation: "create" | "update",
  origin: WriteOrigin,
): OrgRecord {
  const checked: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = object.fields.get(name);
    if (field === undefined) {
      const message = `No such column '${name}' on sobject of type ${object.name}`;
      throw new OrgError("INVALID_FIELD", message, [name]);
    }
    const isWritable = operation === "create" ? field.createable : field.updateable;
    if (origin === "client" && !isWritable) {
      const message = `Unable to create/update fields: ${name}. It cannot be set on ${operation} of ${object.name}.`;
      throw new OrgError("INVALID_FIELD_FOR_INSERT_UPDATE", message, [name]);
    }
    checked[name] = checkValue(field, value, "record");
  }
  return checked;
}

/** A new record with every field of its object: what was given, else the default, else null. */
export function withDefaults(object: ObjectDefinition, values: OrgRecord): OrgRecord {
  const record: Record<string, FieldValue> = {};
  for (const field of object.fields.values()) {
    record[field.name] = field.name in values ? (values[field.name] ?? null) : field.defaultValue;
  }
  return record;
}

/**
 * Checks a complete record before it is written: every changed value again, because flows may have changed it, what is
 * required, and that referenced records exist. A value that stays is not judged anew: the metadata may have changed
 * since it was written.
 *
 * @throws {OrgError}
 */
export function checkRecord(
  object: ObjectDefinition,
  record: OrgRecord,
  prior: OrgRecord | undefined,
  store: RecordStore,
): OrgRecord {
  const isChanged = (name: string): boolean => prior === undefined || record[name] !== prior[name];
  const changed = Object.fromEntries(Object.entries(record).filter(([name]) => isChanged(name)));
  const checked = { ...record, ...checkInput(object, changed, "update", "org") };
  const missing = [...object.fields.values()].filter(
    (field) => field.required && (checked[field.name] ?? null) === null,
  );
  if (missing.length > 0) {
    const names = missing.map((field) => field.name);
    throw new OrgError("REQUIRED_FIELD_MISSING", `Required fields are missing: [${names.join(", ")}]`, names);
  }
  for (const field of object.fields.values()) {
    const id = checked[field.name];
    if (field.referenceTo === null || typeof id !== "string" || !isChanged(field.name)) continue;
    // The first user of an org is made by itself.
    if (id === checked["Id"] || store.get(field.referenceTo, id) !== undefined) continue;
    const message = `${field.label}: there is no ${field.referenceTo} with the id ${id}`;
    throw new OrgError("INVALID_CROSS_REFERENCE_KEY", message, [field.name]);
  }
  return checked;
}
