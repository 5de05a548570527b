import type { ApprovalPage, ApprovalScope } from "../orders/approval-search.ts";
import type { ComparedOrder } from "../orders/approved-order.ts";
import type { SalesforceConnection } from "./connection.ts";
import type { SalesforceMapping } from "./mapping.ts";
import { readRecords } from "./read-records.ts";
import type { QueriedRecord } from "./record-values.ts";
import { idAt, numberAt, required, textAt, timeAt } from "./record-values.ts";

/** The most that one answer of the REST API holds. */
const PAGE = 2_000;
/** Ids of one query: its text travels in the address, which takes 16,000 characters. */
const IDS = 400;

/**
 * Orders and their latest approvals, page by page in the order of their ids. Only one page is in memory.
 *
 * @throws {SalesforceError} with any code; the reason of `signal` when the caller aborted.
 */
export async function* readApprovalPages(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  scope: ApprovalScope,
  signal: AbortSignal,
): AsyncGenerator<ApprovalPage<ComparedOrder>> {
  let after: string | null = null;
  for (;;) {
    const query: string = approvalQuery(scope, mapping, after);
    const records = await readRecords(connection, query, "read approved orders", signal);
    const orders = records.map((record) => approvedOrderOf(record, mapping));
    yield { orders, query };
    after = orders.at(-1)?.orderId ?? null;
    if (orders.length < PAGE || after === null) return;
  }
}

/** Orders as they are now, by id; those that are not shown are left out. */
export async function readApprovals(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  orderIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly ComparedOrder[]> {
  const found: ComparedOrder[] = [];
  for (let start = 0; start < orderIds.length; start += IDS) {
    const scope = { kind: "orders", orderIds: orderIds.slice(start, start + IDS) } as const;
    for await (const page of readApprovalPages(connection, mapping, scope, signal)) {
      found.push(...page.orders);
    }
  }
  return found;
}

/** @param after the last id of the page before; null for the first. */
export function approvalQuery(
  scope: ApprovalScope,
  mapping: SalesforceMapping,
  after: string | null,
): string {
  const { object, fields } = mapping.order;
  const paths = [
    "Id",
    fields.orderNumber,
    fields.status,
    fields.accountId,
    fields.totalAmount,
    fields.approvalSequence,
    fields.approvedAt,
    mapping.provisioning.fields.status,
    "CreatedDate",
    "SystemModstamp",
  ].filter((path) => path !== null);
  const conditions = [...conditionsOf(scope, mapping), ...(after === null ? [] : [`Id > '${after}'`])];
  return `SELECT ${[...new Set(paths)].join(", ")} FROM ${object} WHERE ${conditions.join(" AND ")} ORDER BY Id LIMIT ${PAGE}`;
}

function conditionsOf(scope: ApprovalScope, mapping: SalesforceMapping): readonly string[] {
  const { approved, cancelled } = mapping.order.statuses;
  const { status } = mapping.order.fields;
  switch (scope.kind) {
    case "orders":
      return [`Id IN (${scope.orderIds.map(quoted).join(", ")})`];
    case "standing":
      return [
        `${status} IN (${quoted(approved)}, ${quoted(cancelled)})`,
        ...(scope.modifiedSince === null ? [] : [`SystemModstamp >= ${scope.modifiedSince}`]),
        approvedBetween(scope, mapping, null),
      ];
    case "window":
      return [
        `SystemModstamp >= ${scope.approvedFrom}`,
        approvedBetween(scope, mapping, `${status} = ${quoted(approved)}`),
      ];
  }
}

/**
 * An order that was inserted as approved has no time of approval: its creation was it. An org that keeps no such time
 * at all shows only what was created since: orders from before are found by their events alone.
 *
 * @param uncounted what else holds for orders without a time of approval, or null.
 */
function approvedBetween(
  { approvedFrom, approvedUntil }: { readonly approvedFrom: string; readonly approvedUntil: string },
  mapping: SalesforceMapping,
  uncounted: string | null,
): string {
  const { approvedAt } = mapping.order.fields;
  const between = (field: string) => `${field} >= ${approvedFrom} AND ${field} <= ${approvedUntil}`;
  const inserted = [between("CreatedDate"), ...(uncounted === null ? [] : [uncounted])].join(" AND ");
  if (approvedAt === null) return inserted;
  return `((${between(approvedAt)}) OR (${approvedAt} = null AND ${inserted}))`;
}

function approvedOrderOf(record: QueriedRecord, mapping: SalesforceMapping): ComparedOrder {
  const { fields } = mapping.order;
  const orderId = required(idAt(record, "Id"), "Id", "of the sweep");
  return {
    orderId,
    orderNumber: textAt(record, fields.orderNumber),
    accountId: idAt(record, fields.accountId),
    status: required(textAt(record, fields.status), fields.status, orderId),
    approvalSequence:
      fields.approvalSequence === null ? null : (numberAt(record, fields.approvalSequence) ?? 0),
    approvedAt:
      (fields.approvedAt === null ? null : timeAt(record, fields.approvedAt)) ??
      timeAt(record, "CreatedDate"),
    approvedById: null,
    modifiedAt: required(timeAt(record, "SystemModstamp"), "SystemModstamp", orderId),
    totalAmount: numberAt(record, fields.totalAmount),
    provisioningStatus: textAt(record, mapping.provisioning.fields.status),
  };
}

function quoted(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
