import { z } from "zod";
import type { SalesforceConnection } from "./connection.ts";
import { SalesforceError } from "./salesforce-error.ts";

const shape = z.object({ records: z.array(z.object({ IsSandbox: z.boolean() })).length(1) });

/**
 * Whether the org is a sandbox. Scratch orgs and the emulated one count as sandboxes, as Salesforce has it.
 *
 * @throws {SalesforceError}
 */
export async function isSandboxOrg(connection: SalesforceConnection, signal: AbortSignal): Promise<boolean> {
  const what = "ask whether the org is a sandbox";
  const query = new URLSearchParams({ q: "SELECT IsSandbox FROM Organization" });
  const answer = await connection.request({ method: "GET", path: `/query?${query.toString()}`, what }, signal);
  const parsed = shape.safeParse(answer);
  if (!parsed.success) throw new SalesforceError("unexpected", `could not ${what}: the answer has no IsSandbox`);
  return parsed.data.records[0]?.IsSandbox ?? true;
}
