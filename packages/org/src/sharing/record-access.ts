import type { ObjectDefinition, OrgCore, OrgRecord, RecordView } from "../org-core.ts";
import { grantedRights } from "./granted-rights.ts";
import { hasOwner } from "./sharing-models.ts";
import type { OrgSharing } from "./sharing-models.ts";

export type AccessKind = "see" | "change";

/** Which records one user may see or change. */
export type RecordAccess = {
  /** `record` as the view that asks has it. */
  may(kind: AccessKind, object: ObjectDefinition, record: OrgRecord): boolean;
  /** Whether the record may point at these parents as their detail. */
  mayJoin(object: ObjectDefinition, values: OrgRecord): boolean;
};

/** Masters above masters; the platform has three levels. */
const depthOfMasters = 5;

/**
 * The access of a user, as sharing and permission sets are now. A record with an owner is judged by its object's model; one
 * without belongs to its masters, as an order's lines belong to the order.
 */
export function accessOf(
  core: OrgCore,
  view: Pick<RecordView, "get" | "recycleBin">,
  sharing: OrgSharing,
  userId: string,
): RecordAccess {
  const rightsOn = grantedRights(core, userId);
  const isOpen = (kind: AccessKind, objectName: string): boolean => {
    const model = sharing.of(objectName);
    if (model === "ReadWrite" || (model === "Read" && kind === "see")) return true;
    const { viewAll, modifyAll } = rightsOn(objectName);
    return kind === "see" ? viewAll : modifyAll;
  };
  const may = (kind: AccessKind, object: ObjectDefinition, record: OrgRecord, depth: number): boolean => {
    if (!hasOwner(object)) return mastersAllow(kind, object, record, depth);
    return record["OwnerId"] === userId || isOpen(kind, object.name);
  };
  const mastersAllow = (
    kind: AccessKind,
    object: ObjectDefinition,
    record: OrgRecord,
    depth: number,
  ): boolean => {
    if (depth > depthOfMasters) return true;
    for (const { name, referenceTo, onParentDelete } of object.fields.values()) {
      const id = record[name];
      if (referenceTo === null || onParentDelete !== "cascade" || typeof id !== "string") continue;
      const master = core.schema.objects.get(referenceTo);
      const found = view.get(referenceTo, id) ?? view.recycleBin.get(referenceTo, id);
      if (master !== undefined && found !== undefined && !may(kind, master, found, depth + 1)) return false;
    }
    return true;
  };
  return {
    may: (kind, object, record) => may(kind, object, record, 0),
    mayJoin: (object, values) => hasOwner(object) || mastersAllow("change", object, values, 0),
  };
}
