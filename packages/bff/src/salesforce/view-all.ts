import { z } from "zod";
import type { OrderVisibility } from "../orders/approval-search.ts";
import { toRecordId } from "../orders/record-id.ts";
import type { SalesforceConnection } from "./connection.ts";
import type { SalesforceMapping } from "./mapping.ts";
import { readRecords } from "./read-records.ts";
import { idAt } from "./record-values.ts";
import { SalesforceError } from "./salesforce-error.ts";

const what = "verify who may see all orders";

const userShape = z.object({ user_id: z.string(), preferred_username: z.string().optional() });

/**
 * Whether the signed-in user sees every order, whoever owns it: *View All* or *Modify All* on the object, or the same
 * for all data, by any permission set that is assigned to the user. A profile counts too: Salesforce keeps its
 * permissions in a permission set of its own, which is assigned like the others.
 *
 * @throws {SalesforceError} with any code; the reason of `signal` when the caller aborted.
 */
export async function readOrderVisibility(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  signal: AbortSignal,
): Promise<OrderVisibility> {
  const user = await readUser(connection, signal);
  const queries: string[] = [];
  // Two queries, because Salesforce refuses a query inside IN where OR stands beside it.
  for (const { soql, path, grant } of visibilityQueries(mapping, user.id)) {
    queries.push(soql);
    const [record] = await readRecords(connection, soql, what, signal);
    if (record === undefined) continue;
    return { kind: "all", user: user.name, grantedBy: `${grant} ${idAt(record, path) ?? ""}`.trim(), queries };
  }
  return { kind: "limited", user: user.name, grantedBy: null, queries };
}

function visibilityQueries(mapping: SalesforceMapping, userId: string) {
  const assigned = `(SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '${userId}')`;
  return [
    {
      soql: `SELECT ParentId FROM ObjectPermissions WHERE SobjectType = '${mapping.order.object}' AND (PermissionsViewAllRecords = true OR PermissionsModifyAllRecords = true) AND ParentId IN ${assigned} LIMIT 1`,
      path: "ParentId",
      grant: `View All on ${mapping.order.object}, by the permission set`,
    },
    {
      soql: `SELECT Id FROM PermissionSet WHERE (PermissionsViewAllData = true OR PermissionsModifyAllData = true) AND Id IN ${assigned} LIMIT 1`,
      path: "Id",
      grant: "View All Data, by the permission set",
    },
  ];
}

async function readUser(
  connection: SalesforceConnection,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly name: string }> {
  const path = "/services/oauth2/userinfo";
  const parsed = userShape.safeParse(await connection.request({ method: "GET", path, what }, signal));
  const id = parsed.success ? toRecordId(parsed.data.user_id) : undefined;
  if (!parsed.success || id === undefined) {
    throw new SalesforceError("unexpected", `could not ${what}: the answer does not name the user`);
  }
  return { id, name: parsed.data.preferred_username ?? id };
}
