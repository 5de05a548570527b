import type { FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";

/**
 * What a clone of the record is created with: every field that can be set on create, custom ones included. Its owner is
 * who clones, and an order has the status that a new draft gets. A unique value is copied too, and then refused: so does
 * the platform, where the user has to change it.
 */
export function cloneValues(
  object: ObjectDefinition,
  record: OrgRecord,
  orderStatusCodes: ReadonlyMap<string, string>,
): OrgRecord {
  const values: Record<string, FieldValue> = {};
  for (const field of object.fields.values()) {
    if (!field.createable || field.name === "OwnerId") continue;
    values[field.name] = record[field.name] ?? null;
  }
  if (object.name === "Order") values["Status"] = draftStatus(object, orderStatusCodes);
  return values;
}

function draftStatus(order: ObjectDefinition, codes: ReadonlyMap<string, string>): FieldValue {
  const preset = order.fields.get("Status")?.defaultValue ?? null;
  if (typeof preset === "string" && codes.get(preset) === "Draft") return preset;
  return [...codes].find(([, code]) => code === "Draft")?.[0] ?? null;
}
