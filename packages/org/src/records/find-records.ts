import type { FieldValue, OrgRecord } from "../org-core.ts";
import type { RecordStore } from "./record-store.ts";

/** Records of the object in creation order, all that hold the values among them; ids and lookups need no scan. */
export function findRecords(
  store: RecordStore,
  objectName: string,
  equal: ReadonlyMap<string, FieldValue>,
): Iterable<OrgRecord> {
  const id = equal.get("Id");
  if (typeof id === "string") {
    const record = store.get(objectName, id);
    return record === undefined ? [] : [record];
  }
  for (const [field, value] of equal) return store.matching(objectName, field, value);
  return store.all(objectName);
}
