import { makeRecordId } from "../ids.ts";
import type { ObjectPermission, PermissionSet } from "../metadata/org-metadata.ts";
import type { OrgRecord, OrgSchema } from "../org-core.ts";
import { withDefaults } from "../records/record-input.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import type { RecordStore } from "../records/record-store.ts";

export type Deployment = {
  readonly database: OrgDatabase;
  readonly store: RecordStore;
  readonly schema: OrgSchema;
  readonly userId: string;
  readonly nowIso: string;
};

/** Deployed records count apart, far from those that clients make, so that the ids of both stay what they are. */
const counter = "deployedPermissions";
const firstNumber = 62 ** 8;

/**
 * Makes the permission sets of the metadata records of the org, as a deployment does: what a file says replaces what the
 * org says, object permissions that a file leaves out are taken back, and a set whose file is gone stays. Who has a set
 * is not touched.
 */
export function deployPermissionSets(sets: readonly PermissionSet[], deployment: Deployment): void {
  const { database, store } = deployment;
  database.transaction(() => {
    for (const set of sets) {
      const parentId = put(deployment, "PermissionSet", { Name: set.name }, describeSet(set));
      for (const permission of set.objects) {
        const key = { ParentId: parentId, SobjectType: permission.name };
        put(deployment, "ObjectPermissions", key, describePermission(permission));
      }
      const named = new Set(set.objects.map(({ name }) => name));
      for (const { Id: id, SobjectType: name } of store.matching("ObjectPermissions", "ParentId", parentId)) {
        if (!named.has(String(name))) store.erase("ObjectPermissions", String(id));
      }
    }
    // No client saved these, so nobody is told.
    store.takeChanges();
  });
}

function describeSet({ label, description, userPermissions }: PermissionSet): OrgRecord {
  return {
    Label: label,
    Description: description,
    PermissionsViewAllData: userPermissions.includes("ViewAllData"),
    PermissionsModifyAllData: userPermissions.includes("ModifyAllData"),
  };
}

function describePermission({ rights }: ObjectPermission): OrgRecord {
  return {
    PermissionsCreate: rights.allowCreate,
    PermissionsRead: rights.allowRead,
    PermissionsEdit: rights.allowEdit,
    PermissionsDelete: rights.allowDelete,
    PermissionsViewAllRecords: rights.viewAllRecords,
    PermissionsModifyAllRecords: rights.modifyAllRecords,
  };
}

/** Brings the record with this key to these values. Returns its id. */
function put(
  { store, schema, userId, nowIso }: Deployment,
  objectName: string,
  key: OrgRecord,
  values: OrgRecord,
): string {
  const object = schema.objects.get(objectName);
  if (object === undefined) throw new Error(`the org has no object ${objectName}`);
  const stamp = { LastModifiedDate: nowIso, LastModifiedById: userId, SystemModstamp: nowIso };
  const found = store.all(objectName).find((record) => holds(record, key));
  if (found !== undefined) {
    if (!holds(found, values)) store.update(objectName, { ...found, ...values, ...stamp });
    return String(found["Id"]);
  }
  const id = makeRecordId(object.keyPrefix ?? "000", firstNumber + store.nextNumber(counter));
  const made = { Id: id, CreatedDate: nowIso, CreatedById: userId, ...stamp };
  store.insert(objectName, withDefaults(object, { ...key, ...values, ...made }));
  return id;
}

function holds(record: OrgRecord, values: OrgRecord): boolean {
  return Object.entries(values).every(([name, value]) => record[name] === value);
}
