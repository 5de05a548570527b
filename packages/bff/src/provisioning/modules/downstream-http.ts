import type { Failure } from "../../orders/failure.ts";

/** One HTTP call to a downstream; the body is already encoded. */
export type DownstreamRequest = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether it can change anything; losing the answer of a read leaves nothing unknown. */
  readonly changes: boolean;
};

export type DownstreamResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
};

export type CallOutcome =
  | { readonly kind: "answered"; readonly response: DownstreamResponse }
  | { readonly kind: "failed"; readonly failure: Failure };

/** How to reach one downstream. `system` is its name in codes and messages, such as `billing`. */
export type Downstream = {
  readonly system: string;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
  /** Taken out of every answer: a proxy's error page may repeat the request. */
  readonly secrets: readonly string[];
};

/** Signs of a connection that never came to be, so that nothing was sent. */
const notSentCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Sends one request and reads the whole answer. A call without an answer is classified here, an answer by the
 * caller; nothing is repeated.
 *
 * @throws the reason of `signal` when the caller aborted.
 */
export async function callDownstream(
  request: DownstreamRequest,
  downstream: Downstream,
  signal: AbortSignal,
): Promise<CallOutcome> {
  signal.throwIfAborted();
  try {
    const answer = await downstream.fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(downstream.timeoutMs)]),
    });
    const text = withoutSecrets(await answer.text(), downstream.secrets);
    const response = { status: answer.status, headers: answer.headers, text };
    return { kind: "answered", response };
  } catch (reason) {
    if (signal.aborted) throw reason;
    return { kind: "failed", failure: failureWithoutAnswer(reason, request, downstream) };
  }
}

/**
 * What an HTTP status says whatever the downstream: refused credentials, limits and server errors; `null` when the
 * body decides.
 */
export function failureOfStatus(
  response: DownstreamResponse,
  request: DownstreamRequest,
  downstream: Downstream,
): Failure | null {
  const { status } = response;
  const prefix = downstream.system.toUpperCase();
  const raw = response.text.slice(0, 2000);
  const retryAfter = retryAfterMs(response.headers.get("retry-after"));
  if (status === 401 || status === 403) {
    return {
      class: "needs_operator",
      code: `${prefix}_CREDENTIALS_REFUSED`,
      summary: `${downstream.system} refused our credentials or address (HTTP ${status}); check them, then release the orders that wait.`,
      outcomeUnknown: false,
      moduleWide: true,
      customerEffect: "delay",
      raw,
    };
  }
  if (status === 429) {
    return {
      class: "rate_limited",
      code: `${prefix}_RATE_LIMITED`,
      summary: `${downstream.system} asked us to slow down (HTTP 429); the step is repeated by itself.`,
      outcomeUnknown: false,
      moduleWide: false,
      customerEffect: "none",
      retryAfterMs: retryAfter ?? 5_000,
      raw,
    };
  }
  if (status >= 500) {
    return {
      class: "retryable",
      code: `${prefix}_SERVER_ERROR`,
      summary: `${downstream.system} answered HTTP ${status}; whether the call had its effect is looked up before it is repeated.`,
      outcomeUnknown: request.changes,
      moduleWide: false,
      customerEffect: "none",
      ...(retryAfter === null ? {} : { retryAfterMs: retryAfter }),
      raw,
    };
  }
  return null;
}

/** An answer that could not be read: a maintenance page, a proxy's error, a body cut short. */
export function unreadableAnswer(
  response: DownstreamResponse,
  request: DownstreamRequest,
  downstream: Downstream,
): Failure {
  return {
    class: "retryable",
    code: `${downstream.system.toUpperCase()}_UNREADABLE_ANSWER`,
    summary:
      `${downstream.system} answered HTTP ${response.status} with something else than the JSON it documents ` +
      "(a maintenance page?); the outcome is looked up before the call is repeated.",
    outcomeUnknown: request.changes,
    moduleWide: false,
    customerEffect: "none",
    raw: response.text.slice(0, 2000),
  };
}

/** A body as JSON, or `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function failureWithoutAnswer(reason: unknown, request: DownstreamRequest, downstream: Downstream): Failure {
  const code = errorCode(reason);
  const prefix = downstream.system.toUpperCase();
  if (code !== undefined && notSentCodes.has(code)) {
    return {
      class: "retryable",
      code: `${prefix}_UNREACHABLE`,
      summary: `${downstream.system} at ${new URL(request.url).origin} cannot be reached (${code}); is it running?`,
      outcomeUnknown: false,
      moduleWide: true,
      customerEffect: "none",
    };
  }
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  return {
    class: "retryable",
    code: timedOut ? `${prefix}_TIMEOUT` : `${prefix}_CONNECTION_LOST`,
    summary: timedOut
      ? `${downstream.system} did not answer within ${downstream.timeoutMs} ms; the outcome is looked up first.`
      : `The connection to ${downstream.system} was lost before its answer; the outcome is looked up first.`,
    outcomeUnknown: request.changes,
    moduleWide: false,
    customerEffect: "none",
    ...(reason instanceof Error ? { raw: describe(reason) } : {}),
  };
}

/** `fetch` throws a TypeError whose cause carries the system's code. */
function errorCode(reason: unknown): string | undefined {
  if (!(reason instanceof Error)) return undefined;
  if ("code" in reason && typeof reason.code === "string") return reason.code;
  return errorCode(reason.cause);
}

function describe(reason: Error): string {
  const cause = reason.cause instanceof Error ? `: ${reason.cause.message}` : "";
  return `${reason.message}${cause}`.slice(0, 2000);
}

/** As they are, and as a form writes them. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets.filter((value) => value !== "")) {
    const inForm = new URLSearchParams({ "": secret }).toString().slice(1);
    clean = clean.replaceAll(secret, "[secret]").replaceAll(inForm, "[secret]");
  }
  return clean;
}

/** Seconds (RFC 9110). The form with a date is not read: it would need a clock and is rare. */
function retryAfterMs(header: string | null): number | null {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : null;
}

/**
 * A look-up that failed leaves the earlier attempt as unknown as it was: without this, the failed read would read
 * as "nothing happened" and the next attempt would act at once.
 */
export function stillUnknown(failure: Failure): Failure {
  return { ...failure, outcomeUnknown: true };
}
