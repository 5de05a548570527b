import { untilAborted } from "../single-flight.ts";

/** How long something may take: until the caller aborts, or until the time is up. */
export type Deadline = {
  readonly signal: AbortSignal;
  readonly limit: AbortSignal;
  readonly limitMs: number;
};

export function startDeadline(limitMs: number, signal: AbortSignal): Deadline {
  return { signal, limit: AbortSignal.timeout(limitMs), limitMs };
}

/** The outcome of `promise`, unless the deadline is earlier. */
export function within<T>(promise: Promise<T>, deadline: Deadline): Promise<T> {
  return untilAborted(promise, AbortSignal.any([deadline.signal, deadline.limit]));
}

/** Says why something failed that had a deadline: `no answer within 10 s`, or the error's own words. */
export function reasonOf(error: unknown, deadline: Deadline): string {
  return deadline.limit.aborted ? `no answer within ${deadline.limitMs / 1000} s` : wordsOf(error);
}

/** A copy that holds words and code alone: the parser's errors carry the bytes of the answer, which may be a token. */
export function causeOf(error: unknown): Error {
  return Object.assign(new Error(wordsOf(error)), { code: codeOf(error) });
}

/** Node's name for an error, such as `ECONNREFUSED`. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** A host with several addresses fails with one error for each, and no words for all. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
