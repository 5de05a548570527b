import { SalesforceError } from "./salesforce-error.ts";

const notSentCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const unavailableCodes: ReadonlySet<string> = new Set(["SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"]);

/**
 * Turns whatever jsforce threw into a `SalesforceError`. jsforce gives errors of the REST API an `errorCode`:
 * Salesforce's own, or `ERROR_HTTP_503` when the body was not Salesforce's JSON.
 */
export function classifyError(reason: unknown, what: string, timeoutMs: number): SalesforceError {
  if (reason instanceof SalesforceError) return reason;
  const errorCode = textProperty(reason, "errorCode");
  const detail = reason instanceof Error ? reason.message.slice(0, 500) : "no details";
  if (errorCode !== undefined) return classifyAnswer(errorCode, detail, what, reason);
  const systemCode = causeCode(reason);
  if (systemCode !== undefined && notSentCodes.has(systemCode)) {
    const message = `Salesforce cannot be reached to ${what} (${systemCode}); check the network and SALESFORCE_LOGIN_URL`;
    return new SalesforceError("unreachable", message, { cause: reason });
  }
  const name = reason instanceof Error ? reason.name : "";
  if (name === "TimeoutError" || name === "AbortError") {
    const message = `Salesforce did not answer within ${timeoutMs} ms to ${what}; it is tried again`;
    return new SalesforceError("answer_lost", message, { cause: reason });
  }
  // undici reports a broken connection as a TypeError with the system's code below.
  if (systemCode !== undefined || reason instanceof TypeError) {
    const message = `the connection to Salesforce broke while trying to ${what}; it is tried again`;
    return new SalesforceError("answer_lost", message, { cause: reason });
  }
  return new SalesforceError("unexpected", `could not ${what}: ${detail}`, { cause: reason });
}

function classifyAnswer(errorCode: string, detail: string, what: string, cause: unknown): SalesforceError {
  const details = { errorCode, cause };
  const status = /^ERROR_HTTP_(\d{3})$/.exec(errorCode)?.[1];
  if (errorCode === "INVALID_SESSION_ID" || status === "401") {
    const message = `Salesforce refused our session to ${what}: ${detail}; check the app's scopes, its policies and the IP ranges`;
    return new SalesforceError("session_refused", message, details);
  }
  if (errorCode === "REQUEST_LIMIT_EXCEEDED" || status === "429") {
    const message = `the org's API limit stops us from trying to ${what}: ${detail}; it is tried again, or raise the limit`;
    return new SalesforceError("limit_exceeded", message, details);
  }
  if (unavailableCodes.has(errorCode) || status?.startsWith("5") === true || isPage(detail)) {
    const message = `Salesforce is unavailable and could not ${what} (${errorCode}); it is tried again`;
    return new SalesforceError("unavailable", message, details);
  }
  const message = `Salesforce refused to ${what} (${errorCode}): ${detail}; correct the mapping or the integration user's permissions`;
  return new SalesforceError("request_refused", message, details);
}

function isPage(detail: string): boolean {
  return detail.startsWith("HTTP response contains html content");
}

function causeCode(reason: unknown): string | undefined {
  if (!(reason instanceof Error)) return undefined;
  return textProperty(reason, "code") ?? causeCode(reason.cause);
}

function textProperty(reason: unknown, name: "code" | "errorCode"): string | undefined {
  if (typeof reason !== "object" || reason === null) return undefined;
  const value: unknown = Reflect.get(reason, name);
  return typeof value === "string" ? value : undefined;
}
