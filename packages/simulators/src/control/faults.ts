import { z } from "zod";
import { qualifiedOperations } from "../operations.ts";
import type { QualifiedOperation } from "../operations.ts";

const operationSchema = z.custom<QualifiedOperation>(
  (value) => qualifiedOperations.some((operation) => operation === value),
  { message: `expected one of ${qualifiedOperations.join(", ")}` },
);

/**
 * What goes wrong with the next `times` calls of one operation.
 *
 * - `http_500`      the system breaks (mail: 451).
 * - `unavailable`   the system says that it is busy (mail: 421).
 * - `timeout`       no answer, and the connection stays open.
 * - `refuse`        the connection is reset without an answer.
 * - `error_message` an answer in the system's own words for a business error: `message`.
 *
 * With `afterEffect` the effect happens first and only the answer is lost: the caller cannot know.
 */
export const faultSchema = z.strictObject({
  operation: operationSchema,
  kind: z.enum(["http_500", "timeout", "refuse", "unavailable", "error_message"]),
  message: z.string().min(1).max(500).default("Simulated failure"),
  times: z.number().int().min(1).max(1_000_000).default(1),
  afterEffect: z.boolean().default(false),
});
export type Fault = z.infer<typeof faultSchema>;

export const faultListSchema = z.array(faultSchema).max(100);

/** The first fault for this operation, and the list with one fewer of it. */
export function takeFault(
  faults: readonly Fault[],
  operation: QualifiedOperation,
): { readonly fault: Fault; readonly rest: Fault[] } | undefined {
  const position = faults.findIndex((candidate) => candidate.operation === operation);
  const fault = faults[position];
  if (fault === undefined) return undefined;
  const spent = fault.times === 1 ? [] : [{ ...fault, times: fault.times - 1 }];
  return { fault, rest: [...faults.slice(0, position), ...spent, ...faults.slice(position + 1)] };
}
