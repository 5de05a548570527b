import type { Failure } from "../orders/failure.ts";

/** Why a call to Salesforce failed as a whole. Codes are stable; tests, metrics and runbooks match on them. */
export type SalesforceErrorCode =
  | "sign_in_failed" // no session could be had; `cause` says why
  | "session_refused" // a fresh session was refused too: scope, policy or IP range
  | "unreachable" // nothing was sent: no connection
  | "answer_lost" // sent and not answered: time-out or a broken connection; a write may have happened
  | "unavailable" // HTTP 5xx, or a page instead of JSON
  | "limit_exceeded" // the org's API calls are used up, or too many at once
  | "request_refused" // the request is wrong for this org: a field, a permission, a query
  | "unexpected"; // an answer that nobody classified

const retryable: ReadonlySet<SalesforceErrorCode> = new Set([
  "sign_in_failed",
  "unreachable",
  "answer_lost",
  "unavailable",
  "limit_exceeded",
]);

/** How long to leave the org alone when its limit of the day is used up: it is a rolling 24 hours. */
const dailyLimitPauseMs = 300_000;
const concurrencyPauseMs = 5_000;

type Details = {
  /** Salesforce's own errorCode, when it gave one. */
  readonly errorCode?: string;
  readonly cause?: unknown;
};

/** A failed call. `message` is `[code] what happened; what to do`, without tokens; `cause` is what was caught. */
export class SalesforceError extends Error {
  override readonly name = "SalesforceError";
  readonly code: SalesforceErrorCode;
  readonly errorCode: string | null;

  constructor(code: SalesforceErrorCode, detail: string, details: Details = {}) {
    super(`[${code}] ${detail}`, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.errorCode = details.errorCode ?? null;
  }

  /** Trying again can help without a person doing anything. */
  get isRetryable(): boolean {
    return retryable.has(this.code);
  }
}

/** What a failed read means for the step that needed it. A read changes nothing, so nothing is unknown. */
export function failureOfSalesforce(error: SalesforceError): Failure {
  return {
    class: failureClassOf(error),
    code: `SF_${error.code.toUpperCase()}`,
    summary: error.message.slice(0, 500),
    outcomeUnknown: false,
    // A request that this org refuses would be refused for every order: it is the mapping or a permission.
    moduleWide: error.code !== "unexpected",
    customerEffect: "none",
    ...(error.code === "limit_exceeded" ? { retryAfterMs: pauseMs(error) } : {}),
  };
}

function failureClassOf(error: SalesforceError): Failure["class"] {
  if (error.code === "limit_exceeded") return "rate_limited";
  return error.isRetryable ? "retryable" : "needs_operator";
}

function pauseMs(error: SalesforceError): number {
  return /concurrent/i.test(error.message) ? concurrencyPauseMs : dailyLimitPauseMs;
}
