import { Connection } from "@jsforce/jsforce-node";
import { classifyError } from "./classify-error.ts";
import { SalesforceError } from "./salesforce-error.ts";

export const apiVersion = "67.0";

/** A signed-in session. `instanceUrl` may change with every sign-in. */
export type SalesforceSession = {
  readonly accessToken: string;
  readonly instanceUrl: string;
  /** 18 characters. */
  readonly orgId: string;
};

/** Where sessions come from; shared with the subscription, so that there is one sign-in at a time. */
export type SessionSource = {
  /** The session in use, or a new one. */
  get(signal: AbortSignal): Promise<SalesforceSession>;
  /** Salesforce refused this session: the next `get` signs in again, unless somebody did meanwhile. */
  invalidate(session: SalesforceSession): void;
};

/** One call as it went: calls count against the org's allocation of the day. */
export type CallReport = {
  readonly what: string;
  readonly outcome: "answered" | "failed";
  /** Calls used and allowed in 24 hours, org-wide, as Salesforce last said. */
  readonly usage: { readonly used: number; readonly limit: number } | null;
};

export type RestRequest = {
  readonly method: "GET" | "PATCH" | "POST";
  /** Below `/services/data/v67.0`, or absolute from the instance's root, as `nextRecordsUrl` is. */
  readonly path: string;
  readonly body?: unknown;
  /** For messages, after "to": `read order 801…`. */
  readonly what: string;
};

export type SalesforceConnection = {
  /**
   * The parsed JSON of the answer; nothing is repeated but one call after an expired session.
   *
   * @throws {SalesforceError} with any code; the reason of `signal` when the caller aborted.
   */
  request(request: RestRequest, signal: AbortSignal): Promise<unknown>;
  session(signal: AbortSignal): Promise<SalesforceSession>;
};

export type ConnectionDeps = {
  readonly sessions: SessionSource;
  /** For one call, in milliseconds. Default 60,000: a write of 200 orders runs the org's own automation. */
  readonly timeoutMs?: number;
  /** For metrics. Must not throw. */
  onCall?(report: CallReport): void;
};

/** The REST API of one org, with whatever session is current. */
export function createConnection(deps: ConnectionDeps): SalesforceConnection {
  const timeoutMs = deps.timeoutMs ?? 60_000;
  const clients = new WeakMap<SalesforceSession, Connection>();

  async function session(signal: AbortSignal): Promise<SalesforceSession> {
    signal.throwIfAborted();
    try {
      return await deps.sessions.get(signal);
    } catch (reason) {
      if (signal.aborted || reason instanceof SalesforceError) throw reason;
      const detail = reason instanceof Error ? reason.message : "no details";
      throw new SalesforceError("sign_in_failed", `could not sign in to Salesforce: ${detail}`, {
        cause: reason,
      });
    }
  }

  function clientOf(current: SalesforceSession): Connection {
    const known = clients.get(current);
    if (known !== undefined) return known;
    const { instanceUrl, accessToken } = current;
    const client = new Connection({ instanceUrl, accessToken, version: apiVersion });
    clients.set(current, client);
    return client;
  }

  async function send(
    request: RestRequest,
    current: SalesforceSession,
    signal: AbortSignal,
  ): Promise<unknown> {
    const client = clientOf(current);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    let outcome: CallReport["outcome"] = "failed";
    try {
      const sent = client.request(httpRequest(request), httpOptions(current, timeoutMs));
      const answer: unknown = await untilAborted(sent, limit);
      outcome = "answered";
      return answer;
    } catch (reason) {
      if (signal.aborted) throw reason;
      throw classifyError(reason, request.what, timeoutMs);
    } finally {
      deps.onCall?.({ what: request.what, outcome, usage: client.limitInfo.apiUsage ?? null });
    }
  }

  return {
    session,
    request: async (request, signal) => {
      const first = await session(signal);
      try {
        return await send(request, first, signal);
      } catch (reason) {
        if (!(reason instanceof SalesforceError) || reason.code !== "session_refused") throw reason;
        // Sessions end after a time of idleness that the client cannot know: sign in again, once.
        deps.sessions.invalidate(first);
        return send(request, await session(signal), signal);
      }
    },
  };
}

function httpRequest(request: RestRequest) {
  return {
    method: request.method,
    url: request.path,
    ...(request.body === undefined
      ? {}
      : { body: JSON.stringify(request.body), headers: { "content-type": "application/json" } }),
  };
}

/** jsforce repeats failed reads five times by itself, and sends calls to the loopback through a proxy: neither here. */
function httpOptions(session: SalesforceSession, timeoutMs: number): object {
  const { hostname } = new URL(session.instanceUrl);
  const isLoopback = hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
  return { timeout: timeoutMs, retry: { maxRetries: 0 }, ...(isLoopback ? { httpProxy: undefined } : {}) };
}

/** jsforce takes no signal: the call is left to its own time-out, and its late answer is dropped. */
async function untilAborted<Value>(work: PromiseLike<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
