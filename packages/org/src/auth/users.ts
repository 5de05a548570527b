import type { OrgCore, OrgRecord } from "../org-core.ts";

/** An active user of the org, as sign-in needs it. */
export type OrgUser = {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
};

/** Usernames are compared without case; an inactive user is not found. */
export function findUserByName(core: Pick<OrgCore, "all">, username: string): OrgUser | undefined {
  const wanted = username.toLowerCase();
  for (const record of core.all("User")) {
    if (String(record["Username"] ?? "").toLowerCase() === wanted) return toUser(record);
  }
  return undefined;
}

export function findUserById(core: Pick<OrgCore, "get">, id: string): OrgUser | undefined {
  const record = core.get("User", id);
  return record === undefined ? undefined : toUser(record);
}

function toUser(record: OrgRecord): OrgUser | undefined {
  if (record["IsActive"] === false) return undefined;
  const text = (field: string): string => String(record[field] ?? "");
  const firstName = text("FirstName");
  const lastName = text("LastName");
  return {
    id: text("Id"),
    username: text("Username"),
    name: text("Name") || `${firstName} ${lastName}`.trim() || text("Username"),
    email: text("Email") || text("Username"),
    firstName,
    lastName,
  };
}
