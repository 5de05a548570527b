import { OrgError } from "../org-core.ts";
import type { ObjectDefinition, OrgRecord } from "../org-core.ts";
import type { RecordStore } from "./record-store.ts";

/** Fields that no two records of an object share as a whole. */
const uniquePairs: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["PermissionSetAssignment", ["PermissionSetId", "AssigneeId"]],
  ["ObjectPermissions", ["ParentId", "SobjectType"]],
]);

/** @throws {OrgError} DUPLICATE_VALUE, in the platform's words, when another record has a value that must be unique. */
export function checkUniqueValues(
  object: ObjectDefinition,
  record: OrgRecord,
  prior: OrgRecord | undefined,
  store: RecordStore,
): void {
  checkUniquePair(object, record, store);
  for (const field of object.fields.values()) {
    const value = record[field.name] ?? null;
    if (field.unique !== true || value === null || value === prior?.[field.name]) continue;
    const twin = store
      .matching(object.name, field.name, value)
      .find((other) => other["Id"] !== record["Id"] && (!field.caseSensitive || other[field.name] === value));
    if (twin === undefined) continue;
    const id15 = String(twin["Id"]).slice(0, 15);
    const message = `duplicate value found: ${field.name} duplicates value on record with id: ${id15}`;
    throw new OrgError("DUPLICATE_VALUE", message, [field.name]);
  }
}

function checkUniquePair(object: ObjectDefinition, record: OrgRecord, store: RecordStore): void {
  const pair = uniquePairs.get(object.name);
  if (pair === undefined) return;
  const [first, second] = pair;
  const twin = store
    .matching(object.name, first, record[first] ?? null)
    .find((other) => other["Id"] !== record["Id"] && other[second] === record[second]);
  if (twin === undefined) return;
  const values = pair.map((name) => `${name}: ${String(record[name])}`).join("; ");
  throw new OrgError("DUPLICATE_VALUE", `Duplicate ${object.name}. ${values}`, [...pair]);
}
