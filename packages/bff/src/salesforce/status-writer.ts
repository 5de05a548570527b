import { z } from "zod";
import type { SalesforceConnection } from "./connection.ts";
import type { SalesforceMapping } from "./mapping.ts";
import { SalesforceError } from "./salesforce-error.ts";

/** The state of one order's provisioning as Salesforce shall show it. Times are ISO 8601. */
export type StatusRow = {
  readonly orderId: string;
  /** A value of the provisioning status field. */
  readonly status: string;
  /** Strictly rising for an order; the org refuses a lower one. */
  readonly version: number;
  readonly step: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly startedAt: string | null;
  readonly updatedAt: string;
  readonly completedAt: string | null;
};

/**
 * What became of one order's write:
 * - `stale`   Salesforce has a newer version; the write was refused and nothing changed.
 * - `retry`   a lock or an overload: the same write can succeed later.
 * - `refused` a rule, a permission or a value of the org stands against it; a person has to look.
 * - `gone`    the order does not exist, or is not visible to the integration user.
 */
export type StatusOutcome =
  | { readonly kind: "written" }
  | { readonly kind: "stale" }
  | { readonly kind: "retry"; readonly reason: string }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "gone" };

/** The most records that one collections request may carry. */
export const maxRowsPerCall = 200;

/** Lengths of the fields as Sluice's metadata declares them. A longer text would refuse the whole row. */
const fieldLengths = { step: 80, errorCode: 40, errorMessage: 2000 } as const;

const resultShape = z.object({
  success: z.boolean(),
  errors: z
    .array(z.object({ statusCode: z.string(), message: z.string(), fields: z.array(z.string()).default([]) }))
    .default([]),
});

/** One error of one record of a collections request. `fields` are the fields that it is shown at. */
type RowError = {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
};

/** Somebody or something else holds the record for now. An approval's lock can last for hours. */
const passing: ReadonlySet<string> = new Set([
  "UNABLE_TO_LOCK_ROW",
  "ENTITY_IS_LOCKED",
  "SERVER_UNAVAILABLE",
  "REQUEST_LIMIT_EXCEEDED",
  "UNKNOWN_EXCEPTION",
  "ALL_OR_NONE_OPERATION_ROLLED_BACK",
]);

const gone: ReadonlySet<string> = new Set(["ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"]);

/**
 * Writes up to 200 orders in one call, each by itself: the outcomes stand in the order of the rows. Sending the
 * same row again is harmless: the org's rule on the version lets no older state replace a newer one.
 *
 * @throws {SalesforceError} when the call failed as a whole; with `answer_lost` rows may have been written.
 */
export async function writeStatuses(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  rows: readonly StatusRow[],
  signal: AbortSignal,
): Promise<readonly StatusOutcome[]> {
  const { fields } = mapping.provisioning;
  const records = rows.map((row) => ({
    id: row.orderId,
    [fields.status]: row.status,
    [fields.version]: row.version,
    [fields.step]: cut(row.step, fieldLengths.step),
    [fields.errorCode]: cut(row.errorCode, fieldLengths.errorCode),
    [fields.errorMessage]: cut(row.errorMessage, fieldLengths.errorMessage),
    [fields.startedAt]: row.startedAt,
    [fields.updatedAt]: row.updatedAt,
    [fields.completedAt]: row.completedAt,
  }));
  return update(connection, mapping, records, `write the status of ${rows.length} orders`, signal);
}

/**
 * Sets the orders' own status to the activated one and nothing else: Salesforce refuses an activation together
 * with other changes. Few at a time, because each one fires the org's own automation.
 *
 * @throws {SalesforceError} when the call failed as a whole; activating an active order again changes nothing.
 */
export async function activateOrders(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  orderIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly StatusOutcome[]> {
  const { fields, statuses } = mapping.order;
  const records = orderIds.map((id) => ({ id, [fields.status]: statuses.activated }));
  return update(connection, mapping, records, `activate ${orderIds.length} orders`, signal);
}

async function update(
  connection: SalesforceConnection,
  mapping: SalesforceMapping,
  records: readonly { readonly id: string }[],
  what: string,
  signal: AbortSignal,
): Promise<readonly StatusOutcome[]> {
  if (records.length === 0) return [];
  if (records.length > maxRowsPerCall) {
    throw new RangeError(`cannot ${what} at once: a call takes at most ${maxRowsPerCall}`);
  }
  const attributes = { type: mapping.order.object };
  const body = { allOrNone: false, records: records.map((record) => ({ attributes, ...record })) };
  const answer = await connection.request({ method: "PATCH", path: "/composite/sobjects", body, what }, signal);
  const results = z.array(resultShape).length(records.length).safeParse(answer);
  if (!results.success) {
    throw new SalesforceError("answer_lost", `could not ${what}: the answer does not list the orders; it is tried again`);
  }
  return results.data.map((result) =>
    result.success ? { kind: "written" } : outcomeOfErrors(result.errors, mapping),
  );
}

/** Cuts to a number of UTF-16 units without leaving half of a character behind. */
function cut(text: string | null, length: number): string | null {
  if (text === null || text.length <= length) return text;
  const head = text.slice(0, length - 1);
  const whole = /[\uD800-\uDBFF]$/.test(head) ? head.slice(0, -1) : head;
  return `${whole}…`;
}

/** What the errors of one row mean: a person's matter counts before a passing one, for waiting would not help. */
function outcomeOfErrors(errors: readonly RowError[], mapping: SalesforceMapping): StatusOutcome {
  if (errors.some((error) => gone.has(error.statusCode))) return { kind: "gone" };
  if (errors.some((error) => isVersionRule(error, mapping))) return { kind: "stale" };
  const lasting = errors.find((error) => !passing.has(error.statusCode));
  if (lasting !== undefined) {
    return { kind: "refused", code: lasting.statusCode, message: lasting.message.slice(0, 500) };
  }
  const [first] = errors;
  if (first === undefined) return { kind: "refused", code: "NO_REASON", message: "Salesforce gave no reason" };
  return { kind: "retry", reason: `${first.statusCode}: ${first.message}`.slice(0, 500) };
}

/** Our validation rule shows its refusal at the version field; no other rule of an org has a reason to. */
function isVersionRule(error: RowError, mapping: SalesforceMapping): boolean {
  return (
    error.statusCode === "FIELD_CUSTOM_VALIDATION_EXCEPTION" &&
    error.fields.includes(mapping.provisioning.fields.version)
  );
}
