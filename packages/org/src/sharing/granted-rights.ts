import type { OrgCore } from "../org-core.ts";

/** What permission sets grant a user on all records of an object, whoever owns them. */
export type GrantedRights = { readonly viewAll: boolean; readonly modifyAll: boolean };

/** Reads the assignments as they are now, so that a grant reaches running sessions with their next call. */
export function grantedRights(
  core: Pick<OrgCore, "all" | "get">,
  userId: string,
): (objectName: string) => GrantedRights {
  const setIds = new Set<string>();
  for (const assignment of core.all("PermissionSetAssignment")) {
    if (assignment["AssigneeId"] === userId) setIds.add(String(assignment["PermissionSetId"]));
  }
  const sets = [...setIds].map((id) => core.get("PermissionSet", id));
  const modifiesAllData = sets.some((set) => set?.["PermissionsModifyAllData"] === true);
  const viewsAllData = modifiesAllData || sets.some((set) => set?.["PermissionsViewAllData"] === true);
  const permissions = [...core.all("ObjectPermissions")].filter(({ ParentId: id }) => setIds.has(String(id)));
  return (objectName) => {
    const own = permissions.filter(({ SobjectType: name }) => name === objectName);
    const modifyAll = modifiesAllData || own.some((each) => each["PermissionsModifyAllRecords"] === true);
    const viewAll = viewsAllData || own.some((each) => each["PermissionsViewAllRecords"] === true);
    return { modifyAll, viewAll: viewAll || modifyAll };
  };
}
