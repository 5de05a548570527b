import { toRecordId } from "../orders/record-id.ts";
import type { SalesforceConnection } from "./connection.ts";
import { SalesforceError } from "./salesforce-error.ts";

/**
 * The id, 18 characters, of the org that we are signed in to: every key of Sluice begins with it, because a
 * refreshed sandbox repeats production's record ids.
 *
 * @throws {SalesforceError} `sign_in_failed`, or `unexpected` when the sign-in named no org.
 */
export async function readOrgId(connection: SalesforceConnection, signal: AbortSignal): Promise<string> {
  const session = await connection.session(signal);
  const orgId = toRecordId(session.orgId);
  if (orgId === undefined || !orgId.startsWith("00D")) {
    throw new SalesforceError("unexpected", "the sign-in to Salesforce did not tell which org this is");
  }
  return orgId;
}
