import type { ObjectDefinition } from "../../org-core.ts";
import { flag, longText, lookup, object, picklist, text } from "./define-field.ts";

/** Who may do what. Sets of the metadata are deployed into these; assignments are made by people. */
export const permissionObjects: readonly ObjectDefinition[] = [
  object("PermissionSet", "0PS", [
    text("Name", 80, { required: true, label: "Permission Set Name" }),
    text("Label", 80, { required: true, label: "Permission Set Label" }),
    longText("Description", 255),
    picklist("Type", { writable: "never", defaultValue: "Regular" }),
    flag("IsCustom", { writable: "never", defaultValue: true }),
    flag("IsOwnedByProfile", { writable: "never" }),
    flag("PermissionsViewAllData"),
    flag("PermissionsModifyAllData"),
  ]),
  object("PermissionSetAssignment", "0Pa", [
    lookup("AssigneeId", "User", { required: true, writable: "create" }),
    lookup("PermissionSetId", "PermissionSet", {
      required: true,
      writable: "create",
      onParentDelete: "cascade",
    }),
  ]),
  object("ObjectPermissions", "110", [
    lookup("ParentId", "PermissionSet", { required: true, writable: "create", onParentDelete: "cascade" }),
    text("SobjectType", 40, { required: true, writable: "create" }),
    flag("PermissionsCreate"),
    flag("PermissionsRead"),
    flag("PermissionsEdit"),
    flag("PermissionsDelete"),
    flag("PermissionsViewAllRecords"),
    flag("PermissionsModifyAllRecords"),
  ]),
];
