import { z } from "zod";
import type { ApprovedOrder } from "../orders/approved-order.ts";
import type { SalesforceConnection } from "./connection.ts";
import type { SalesforceMapping } from "./mapping.ts";
import type { QueriedRecord } from "./record-values.ts";
import { idAt, numberAt, required, textAt, timeAt } from "./record-values.ts";
import { SalesforceError } from "./salesforce-error.ts";

/** As many ids fit well into one query. */
const IDS = 200;

const answer = z.object({ records: z.array(z.record(z.string(), z.unknown())) });

/**
 * Orders as they are now, by checked record ids; those that are not shown are left out.
 *
 * @throws {SalesforceError}
 */
export async function readApprovals(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  orderIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly ApprovedOrder[]> {
  const { object, fields } = mapping.order;
  const paths = [
    "Id",
    fields.orderNumber,
    fields.status,
    fields.accountId,
    fields.totalAmount,
    fields.approvalSequence,
    fields.approvedAt,
    "CreatedDate",
    "SystemModstamp",
  ].filter((path) => path !== null);
  const found: ApprovedOrder[] = [];
  for (let start = 0; start < orderIds.length; start += IDS) {
    const ids = orderIds.slice(start, start + IDS).map((id) => `'${id}'`);
    const q = `SELECT ${paths.join(", ")} FROM ${object} WHERE Id IN (${ids.join(", ")})`;
    const path = `/query?${new URLSearchParams({ q }).toString()}`;
    const what = `read ${ids.length} orders`;
    const page = answer.safeParse(await connection.request({ method: "GET", path, what }, signal));
    if (!page.success) {
      throw new SalesforceError("unexpected", `could not ${what}: the answer is not a query result`);
    }
    found.push(...page.data.records.map((record) => approvedOrderOf(record, mapping)));
  }
  return found;
}

function approvedOrderOf(record: QueriedRecord, mapping: SalesforceMapping): ApprovedOrder {
  const { fields } = mapping.order;
  const orderId = required(idAt(record, "Id"), "Id", "of the query");
  const { approvalSequence, approvedAt } = fields;
  return {
    orderId,
    orderNumber: textAt(record, fields.orderNumber),
    accountId: idAt(record, fields.accountId),
    status: required(textAt(record, fields.status), fields.status, orderId),
    approvalSequence: approvalSequence === null ? null : (numberAt(record, approvalSequence) ?? 0),
    approvedAt: (approvedAt === null ? null : timeAt(record, approvedAt)) ?? timeAt(record, "CreatedDate"),
    approvedById: null,
    modifiedAt: required(timeAt(record, "SystemModstamp"), "SystemModstamp", orderId),
    totalAmount: numberAt(record, fields.totalAmount),
  };
}
