import assert from "node:assert/strict";
import { test } from "node:test";
import { orderId, startMs } from "./core-harness.ts";
import { errorOf, serveFaultyOrg, statusOf } from "./faults-harness.ts";
import type { RunningOrg } from "../src/serve-org.ts";

const orderPath = `/sobjects/Order/${orderId}`;
const approval = { Status: "Approved" };
const longMs = 86_400_000;
const countersOf = (headers: Headers): string | null => headers.get("sforce-limit-info");

/** Resolves when the org saved a record. */
function nextSave(org: RunningOrg): Promise<void> {
  return new Promise((resolve) => {
    const stop = org.log.onEntry(({ kind }) => {
      if (kind !== "record:saved") return;
      stop();
      resolve();
    });
  });
}

const quotas = [
  ["total", "TotalRequests Limit exceeded."],
  ["concurrent", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."],
] as const;

for (const [limit, message] of quotas) {
  test(`api_quota: the call is refused with the text of the ${limit} limit and nothing is done`, async (t) => {
    const { org, call, arm } = await serveFaultyOrg(t);
    arm("api_quota", { options: { limit } });
    const refused = await call("PATCH", orderPath, approval);
    assert.equal(refused.status, 403);
    assert.deepEqual(refused.body, [{ message, errorCode: "REQUEST_LIMIT_EXCEEDED", fields: [] }]);
    assert.equal(statusOf(org.core), "Draft");
    assert.equal((await call("PATCH", orderPath, approval)).status, 204);
  });
}

test("server_unavailable: 503 with a page of HTML, from a proxy that counts nothing", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("server_unavailable");
  const refused = await call("PATCH", orderPath, approval);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(String(refused.body), /^<!DOCTYPE html>/);
  assert.equal(countersOf(refused.headers), null);
  assert.equal(statusOf(org.core), "Draft");
  const next = await call("PATCH", orderPath, approval);
  assert.equal(next.status, 204);
  assert.equal(countersOf(next.headers), "api-usage=1/100000");
});

test("server_error: 500 with an error id, and nothing is done", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("server_error", { times: 2 });
  const [first, second] = [
    await call("PATCH", orderPath, approval),
    await call("PATCH", orderPath, approval),
  ];
  assert.equal(first.status, 500);
  assert.equal(errorOf(first).errorCode, "UNKNOWN_EXCEPTION");
  assert.match(errorOf(first).message, /ErrorId .*: \d{10}-00001 \(\d+\)$/);
  assert.notEqual(errorOf(first).message, errorOf(second).message);
  assert.equal(statusOf(org.core), "Draft");
  assert.equal((await call("PATCH", orderPath, approval)).status, 204);
});

test("lost_request: the connection is cut and nothing is done", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("lost_request");
  await assert.rejects(call("PATCH", orderPath, approval), TypeError);
  assert.equal(statusOf(org.core), "Draft");
  const next = await call("PATCH", orderPath, approval);
  assert.equal(next.status, 204);
  assert.equal(countersOf(next.headers), "api-usage=1/100000");
});

test("lost_answer: the save is done, and the connection is cut before the answer", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("lost_answer");
  await assert.rejects(call("PATCH", orderPath, approval), TypeError);
  assert.equal(statusOf(org.core), "Approved");
  const next = await call("GET", orderPath);
  assert.equal(next.status, 200);
  assert.equal(countersOf(next.headers), "api-usage=2/100000");
});

test("slow_answer: the save is done at once, and the answer comes late", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("slow_answer", { options: { delayMs: 150 } });
  const startedMs = performance.now();
  const saved = nextSave(org);
  const answer = call("PATCH", orderPath, approval);
  await saved;
  assert.equal(statusOf(org.core), "Approved");
  assert.equal((await answer).status, 204);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= 149, String(tookMs));
});

test("slow_answer: a client that does not wait goes away, and others are answered", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("slow_answer", { options: { delayMs: longMs } });
  const saved = nextSave(org);
  const abort = new AbortController();
  const answer = fetch(`${org.url}/services/data/v67.0${orderPath}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${org.signIn().accessToken}`, "content-type": "application/json" },
    body: JSON.stringify(approval),
    signal: abort.signal,
  });
  await saved;
  abort.abort();
  await assert.rejects(answer, { name: "AbortError" });
  assert.equal((await call("GET", orderPath)).status, 200);
});

test("slow_answer: an org that closes does not wait", { timeout: 10_000 }, async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("slow_answer", { options: { delayMs: longMs } });
  const saved = nextSave(org);
  const refused = assert.rejects(call("PATCH", orderPath, approval), TypeError);
  await saved;
  await org.close();
  await refused;
});

type Limit = readonly [name: string, match: Readonly<Record<string, string>>, hits: readonly string[]];

const calls: readonly (readonly [string, string, string])[] = [
  ["read", "GET", orderPath],
  ["patch", "PATCH", orderPath.replace("Order", "order")],
  ["account", "GET", "/sobjects/Account/001Hs0000000001IAA"],
  ["limits", "GET", "/limits"],
];
const everything = calls.map(([name]) => name);
const limits: readonly Limit[] = [
  ["nothing", {}, everything],
  ["a method", { method: "PATCH" }, ["patch"]],
  ["a path", { path: "/services/data/v*/sobjects/Account/*" }, ["account"]],
  ["an object, however the path writes it", { object: "Order" }, ["read", "patch"]],
  ["a method and an object", { method: "GET", object: "Order" }, ["read"]],
  ["a user by id", { user: "005Hs0000000001IAA" }, everything],
  ["a user by name", { user: "operator@sluice.test" }, everything],
  ["another user", { user: "other@sluice.test" }, []],
];

for (const [name, match, hits] of limits) {
  test(`a fault of calls limited by ${name} touches nothing else`, async (t) => {
    const { call, arm } = await serveFaultyOrg(t);
    arm("server_unavailable", { times: 100, match });
    const refused: string[] = [];
    for (const [label, method, path] of calls) {
      const { status } = await call(method, path, method === "PATCH" ? approval : undefined);
      if (status === 503) refused.push(label);
    }
    assert.deepEqual(refused, hits);
  });
}

test("a window of a fault ends by the org's clock", async (t) => {
  const { org, call, arm } = await serveFaultyOrg(t);
  arm("api_quota", { forMs: 60_000 });
  assert.equal((await call("GET", orderPath)).status, 403);
  org.clock.advance(59_999);
  assert.equal((await call("GET", orderPath)).status, 403);
  org.clock.advance(1);
  assert.equal((await call("GET", orderPath)).status, 200);
});

test("sign-in and the pages are no calls of the API", async (t) => {
  const { org, arm } = await serveFaultyOrg(t);
  arm("server_unavailable", { times: 100 });
  assert.equal((await fetch(`${org.url}/login`)).status, 200);
  assert.equal((await fetch(`${org.url}/services/data`)).status, 200);
});

test("the daily calls are granted, the next is refused, and the window of 24 hours moves on", async (t) => {
  // The counter moves by the hour: start at a full one.
  assert.equal(startMs % 3_600_000, 0);
  const { org, call } = await serveFaultyOrg(t, { allocations: { apiCallsPerDay: 3 } });
  for (const used of [1, 2, 3]) {
    const answer = await call("GET", orderPath);
    assert.equal(answer.status, 200);
    assert.equal(countersOf(answer.headers), `api-usage=${used}/3`);
  }
  for (let count = 0; count < 2; count += 1) {
    const refused = await call("PATCH", orderPath, approval);
    assert.equal(refused.status, 403);
    assert.equal(countersOf(refused.headers), "api-usage=3/3");
    assert.equal(errorOf(refused).errorCode, "REQUEST_LIMIT_EXCEEDED");
    assert.equal(errorOf(refused).message, "TotalRequests Limit exceeded.");
  }
  assert.equal(statusOf(org.core), "Draft");
  org.clock.advance(23 * 3_600_000);
  assert.equal((await call("GET", orderPath)).status, 403);
  org.clock.advance(3_600_000);
  const { status, body } = await call("GET", "/limits");
  assert.equal(status, 200);
  assert.deepEqual((body as { readonly DailyApiRequests: unknown }).DailyApiRequests, {
    Max: 3,
    Remaining: 2,
  });
});
