import { z } from "zod";
import type { SalesforceConnection } from "./connection.ts";
import type { QueriedRecord } from "./record-values.ts";
import { SalesforceError } from "./salesforce-error.ts";

const answerShape = z.object({
  records: z.array(z.record(z.string(), z.unknown())),
  nextRecordsUrl: z.string().optional(),
});

/**
 * All records that a query finds. An answer holds up to 2,000 of them, and fewer when they are wide: each further
 * answer is one more call.
 *
 * @param what for messages, after "could not".
 * @throws {SalesforceError} with any code; the reason of `signal` when the caller aborted.
 */
export async function readRecords(
  connection: SalesforceConnection,
  soql: string,
  what: string,
  signal: AbortSignal,
): Promise<readonly QueriedRecord[]> {
  const records: QueriedRecord[] = [];
  let path: string | undefined = `/query?${new URLSearchParams({ q: soql }).toString()}`;
  while (path !== undefined) {
    const parsed = answerShape.safeParse(await connection.request({ method: "GET", path, what }, signal));
    if (!parsed.success) {
      throw new SalesforceError("unexpected", `could not ${what}: the answer is not a query result`);
    }
    records.push(...parsed.data.records);
    path = parsed.data.nextRecordsUrl;
  }
  return records;
}
