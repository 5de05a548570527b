import { OrgError } from "../org-core.ts";
import type { FieldDefinition, ObjectDefinition, OrgRecord, OrgSchema } from "../org-core.ts";
import { checkLineIsFree, checkOrderDeletion } from "./order-rules.ts";
import type { RecordStore } from "./record-store.ts";

/** Users are deactivated, never deleted; an org cannot delete itself. */
const permanentObjects: ReadonlySet<string> = new Set(["Organization", "User"]);

/** Order lines, and what is set up rather than filled in, skip the recycle bin. */
const binlessObjects: ReadonlySet<string> = new Set([
  "OrderItem",
  "PermissionSet",
  "PermissionSetAssignment",
  "ObjectPermissions",
]);

/** A record that points at the one to be deleted, and by which field. */
type Dependent = {
  readonly object: ObjectDefinition;
  readonly field: FieldDefinition;
  readonly record: OrgRecord;
};

export function isDeletable(object: ObjectDefinition): boolean {
  return object.kind === "object" && !permanentObjects.has(object.name);
}

export type Deletion = {
  readonly store: RecordStore;
  readonly schema: OrgSchema;
  /** Of the user and the time that the last change of each record gets. */
  readonly userId: string;
  readonly nowIso: string;
};

/**
 * Deletes a record and what goes with it, and empties the lookups that lead to it. Some skip the recycle bin,
 * as on the platform.
 *
 * @throws {OrgError} when the record, or one that depends on it, forbids it; then the caller has to roll back.
 */
export function deleteWithDependents(deletion: Deletion, object: ObjectDefinition, record: OrgRecord): void {
  const { store, schema, userId, nowIso } = deletion;
  const id = String(record["Id"]);
  checkDeletion(object, record, store);
  const dependents = findDependents(schema, object.name, id, store);
  const stamp = { LastModifiedDate: nowIso, LastModifiedById: userId, SystemModstamp: nowIso };
  if (binlessObjects.has(object.name)) store.erase(object.name, id);
  else store.recycle(object.name, { ...record, ...stamp, IsDeleted: true });
  for (const { object: child, field, record: found } of dependents) {
    // Read again: it may have gone with another dependent.
    const current = store.get(child.name, String(found["Id"]));
    if (current === undefined) continue;
    if (field.onParentDelete === "cascade") deleteWithDependents(deletion, child, current);
    else store.update(child.name, { ...current, ...stamp, [field.name]: null });
  }
}

/** @throws {OrgError} when records of this kind, or this one in its state, cannot be deleted. */
function checkDeletion(object: ObjectDefinition, record: OrgRecord, store: RecordStore): void {
  if (!isDeletable(object)) {
    throw new OrgError("INVALID_TYPE_FOR_OPERATION", `entity type ${object.name} does not support delete`);
  }
  if (object.name === "Order") checkOrderDeletion(record);
  if (object.name === "OrderItem") checkLineIsFree(store.get("Order", String(record["OrderId"])));
}

/**
 * The records that are changed or deleted together with the record.
 *
 * @throws {OrgError} DELETE_FAILED when one of them forbids it.
 */
function findDependents(
  schema: OrgSchema,
  parentName: string,
  id: string,
  store: RecordStore,
): readonly Dependent[] {
  const dependents: Dependent[] = [];
  for (const object of schema.objects.values()) {
    if (object.kind !== "object") continue;
    for (const field of object.fields.values()) {
      if (field.referenceTo !== parentName) continue;
      const found = store.matching(object.name, field.name, id);
      const isRestricted = field.onParentDelete === "restrict" && found.some((record) => record["Id"] !== id);
      if (isRestricted) {
        const message = `Your attempt to delete ${id} could not be completed because ${found.length} ${object.name} records refer to it by ${field.name}.`;
        throw new OrgError("DELETE_FAILED", message, [field.name]);
      }
      dependents.push(...found.map((record) => ({ object, field, record })));
    }
  }
  return dependents;
}
