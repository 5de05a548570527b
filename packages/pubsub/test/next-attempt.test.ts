import assert from "node:assert/strict";
import { test } from "node:test";
import { PubSubError } from "../src/index.ts";
import type { PubSubErrorCode } from "../src/index.ts";
import { firstAttempt, nextAttempt } from "../src/subscription/next-attempt.ts";
import type { AttemptOutcome, AttemptState } from "../src/subscription/next-attempt.ts";

function after(state: AttemptState, outcome: Partial<AttemptOutcome>, random = 1) {
  const full = { error: null, progressed: false, hadPosition: true, ...outcome };
  return nextAttempt(state, full, random, "/event/A__e");
}

function failure(code: PubSubErrorCode): PubSubError {
  return new PubSubError(code, "/event/A__e", "why");
}

test("an OK end is followed at once, and by a delay when the next stream brings nothing either", () => {
  const first = after(firstAttempt, {});
  assert.deepEqual(first.step, { kind: "now" });
  const second = after(first.state, {});
  assert.ok(second.step.kind === "back_off");
  assert.equal(second.step.delayMs, 1000);
  assert.deepEqual(after(second.state, { progressed: true }).step, { kind: "now" });
});

test("the delay doubles up to the cap and begins anew after progress", () => {
  const error = failure("service_unavailable");
  const delays: number[] = [];
  let state = firstAttempt;
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const next = after(state, { error });
    state = next.state;
    assert.ok(next.step.kind === "back_off");
    delays.push(next.step.delayMs);
  }
  assert.deepEqual(delays.slice(0, 9), [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(delays.at(-1), 60_000);
  const { step } = after(state, { error, progressed: true });
  assert.equal(step.kind === "back_off" && step.delayMs, 500);
});

test("the jitter is full: the delay may be nothing at all", () => {
  const { step } = after(firstAttempt, { error: failure("service_unavailable") }, 0);
  assert.equal(step.kind === "back_off" && step.delayMs, 0);
});

for (const [code, shortestMs, longestMs] of [
  ["overloaded", 30_000, 300_000],
  ["login_rate_limited", 30_000, 300_000],
  ["delivery_limit_reached", 150_000, 1_800_000],
  ["topic_not_found", 7_500, 600_000],
  ["permission_denied", 7_500, 600_000],
  ["auth_rejected", 7_500, 600_000],
  ["request_rejected", 7_500, 600_000],
  ["org_changed", 7_500, 600_000],
  ["service_unavailable", 0, 60_000],
  ["stream_inconsistent", 0, 60_000],
  ["unknown_service_code", 0, 60_000],
  ["unexpected", 0, 60_000],
] as const) {
  test(`${code} is tried again after ${shortestMs} to ${longestMs} ms, and never given up`, () => {
    const soonest = after(firstAttempt, { error: failure(code) }, 0).step;
    assert.equal(soonest.kind === "back_off" && soonest.delayMs, shortestMs);
    const { reaction } = failure(code);
    const weary = { ...firstAttempt, failures: 1_000_000, reaction, repeats: 1_000_000 };
    const latest = after(weary, { error: failure(code) }).step;
    assert.equal(latest.kind === "back_off" && latest.delayMs, longestMs);
  });
}

test("sessions that are refused again and again wait for a person, at a slow pace", () => {
  const error = failure("session_rejected");
  const state = { ...firstAttempt, failures: 3, renewedSessions: 3 };
  const { step } = after(state, { error }, 0);
  assert.equal(step.kind === "back_off" && step.delayMs, 7_500);
});

test("a refused session is replaced at once, and a refused replacement waits", () => {
  const error = failure("session_rejected");
  const first = after(firstAttempt, { error });
  assert.deepEqual(first.step, { kind: "now" });
  assert.equal(after(first.state, { error }).step.kind, "back_off");
  assert.deepEqual(after(first.state, { error, progressed: true }).step, { kind: "now" });
});

test("a refused position starts elsewhere at once, and slowly when the server refuses its own position next", () => {
  const error = failure("position_rejected");
  const first = after(firstAttempt, { error });
  assert.deepEqual(first.step, { kind: "reposition", delayMs: 0, error });
  const reread = after(first.state, {
    error: failure("service_unavailable"),
    progressed: true,
    hadPosition: false,
  });
  assert.deepEqual(after(reread.state, { error }).step, { kind: "reposition", delayMs: 60_000, error });
  const accepted = after(reread.state, { progressed: true });
  assert.deepEqual(after(accepted.state, { error }).step, { kind: "reposition", delayMs: 0, error });
});

test("a refused position is no reason to start elsewhere when none was sent", () => {
  const { step } = after(firstAttempt, { error: failure("position_rejected"), hadPosition: false });
  assert.equal(step.kind, "back_off");
});

test("a delay grows with failures of its own kind only", () => {
  let state = firstAttempt;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    ({ state } = after(state, { error: failure("service_unavailable") }));
  }
  const { step } = after(state, { error: failure("overloaded") });
  assert.equal(step.kind === "back_off" && step.delayMs, 60_000);
});
