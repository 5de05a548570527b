import assert from "node:assert/strict";
import { test } from "node:test";
import { createConnection } from "../src/salesforce/connection.ts";
import type { CallReport } from "../src/salesforce/connection.ts";
import { SalesforceError, failureOfSalesforce } from "../src/salesforce/salesforce-error.ts";
import { closedPort } from "./modules-stage.ts";
import type { Reply } from "./scripted-salesforce.ts";
import { countingSessions, startScripted } from "./scripted-salesforce.ts";

const never = new AbortController().signal;
const read = { method: "GET", path: "/limits", what: "read the limits" } as const;
const expired: Reply = {
  status: 401,
  json: [{ message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" }],
};

function refusal(status: number, errorCode: string, message = "no details"): Reply {
  return { status, json: [{ errorCode, message }] };
}

test("an expired session is renewed once and the call repeated", async (t) => {
  const salesforce = await startScripted(t, (_request, position) =>
    position === 0 ? expired : { status: 200, json: { ok: 1 } },
  );
  const connection = createConnection({ sessions: countingSessions(salesforce.url) });
  assert.deepEqual(await connection.request(read, never), { ok: 1 });
  assert.deepEqual(
    salesforce.seen.map(({ url, authorization }) => [url, authorization]),
    [
      ["/services/data/v67.0/limits", "Bearer token-1"],
      ["/services/data/v67.0/limits", "Bearer token-2"],
    ],
  );
});

test("a session that is refused again ends the call, without its token in the message", async (t) => {
  const salesforce = await startScripted(t, () => expired);
  const connection = createConnection({ sessions: countingSessions(salesforce.url) });
  await assert.rejects(connection.request(read, never), (error: unknown) => {
    assert.ok(error instanceof SalesforceError);
    assert.equal(error.code, "session_refused");
    assert.equal(error.isRetryable, false);
    assert.doesNotMatch(error.message, /token-/);
    return true;
  });
  assert.equal(salesforce.seen.length, 2);
});

const answers = [
  [refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "limit_exceeded", true],
  [refusal(500, "UNKNOWN_EXCEPTION"), "unavailable", true],
  [refusal(503, "SERVER_UNAVAILABLE"), "unavailable", true],
  [{ status: 502, json: "<html>" }, "unavailable", true],
  [refusal(400, "INVALID_FIELD", "No such column 'Approved_At__c'"), "request_refused", false],
  [refusal(403, "INSUFFICIENT_ACCESS"), "request_refused", false],
] as const;

for (const [reply, code, isRetryable] of answers) {
  test(`HTTP ${reply.status} ${JSON.stringify(reply.json).slice(0, 60)} is ${code} and sent once`, async (t) => {
    const salesforce = await startScripted(t, () => reply);
    const connection = createConnection({ sessions: countingSessions(salesforce.url) });
    await assert.rejects(connection.request(read, never), (error: unknown) => {
      assert.ok(error instanceof SalesforceError);
      assert.deepEqual([error.code, error.isRetryable], [code, isRetryable]);
      return true;
    });
    assert.equal(salesforce.seen.length, 1);
  });
}

test("an instance that is down was asked nothing", async () => {
  const sessions = countingSessions(`http://127.0.0.1:${await closedPort()}`);
  await assert.rejects(createConnection({ sessions }).request(read, never), { code: "unreachable" });
});

test("an answer that never comes ends with the time limit, a broken one at once", async (t) => {
  const salesforce = await startScripted(t, (_request, position) =>
    position === 0 ? "stay silent" : "hang up",
  );
  const connection = createConnection({ sessions: countingSessions(salesforce.url), timeoutMs: 100 });
  await assert.rejects(connection.request(read, never), { code: "answer_lost", message: /within 100 ms/ });
  await assert.rejects(connection.request(read, never), { code: "answer_lost", message: /broke/ });
  assert.equal(salesforce.seen.length, 2);
});

test("an abort ends a call with its own reason", async (t) => {
  const controller = new AbortController();
  const salesforce = await startScripted(t, () => {
    controller.abort(new Error("shutting down"));
    return "stay silent";
  });
  const connection = createConnection({ sessions: countingSessions(salesforce.url), timeoutMs: 1_000 });
  await assert.rejects(connection.request(read, controller.signal), /^Error: shutting down$/);
});

test("a sign-in that fails says so and keeps its cause", async () => {
  const cause = new Error("[auth_rejected] the app is not approved");
  const sessions = { get: () => Promise.reject(cause), invalidate: () => undefined };
  await assert.rejects(createConnection({ sessions }).request(read, never), {
    code: "sign_in_failed",
    message: "[sign_in_failed] could not sign in to Salesforce: [auth_rejected] the app is not approved",
    cause,
  });
});

test("every call is reported with the org's usage", async (t) => {
  const reports: CallReport[] = [];
  const salesforce = await startScripted(t, () => ({ status: 200, json: {} }));
  const connection = createConnection({
    sessions: countingSessions(salesforce.url),
    onCall: (report) => reports.push(report),
  });
  await connection.request(read, never);
  assert.deepEqual(reports, [
    { what: "read the limits", outcome: "answered", usage: { used: 18, limit: 15_000 } },
  ]);
});

test("a failed read leaves nothing unknown, and what stops every order is marked so", () => {
  const down = failureOfSalesforce(new SalesforceError("unreachable", "no connection"));
  assert.deepEqual(
    [down.class, down.code, down.outcomeUnknown, down.moduleWide],
    ["retryable", "SF_UNREACHABLE", false, true],
  );
  const daily = failureOfSalesforce(new SalesforceError("limit_exceeded", "TotalRequests Limit exceeded."));
  assert.deepEqual([daily.class, daily.retryAfterMs], ["rate_limited", 300_000]);
  const busy = failureOfSalesforce(
    new SalesforceError("limit_exceeded", "ConcurrentRequests Limit exceeded."),
  );
  assert.equal(busy.retryAfterMs, 5_000);
  const strange = failureOfSalesforce(new SalesforceError("unexpected", "no readable Quantity"));
  assert.deepEqual([strange.class, strange.moduleWide], ["needs_operator", false]);
});
