import assert from "node:assert/strict";
import { test } from "node:test";
import { PubSubError } from "../src/index.ts";
import type { PubSubErrorCode } from "../src/index.ts";
import { defaultBackoff, firstAttempt, nextAttempt } from "../src/subscription/next-attempt.ts";
import type { AttemptOutcome, AttemptState } from "../src/subscription/next-attempt.ts";

function after(state: AttemptState, outcome: Partial<AttemptOutcome>, random = 1) {
  const full = { error: null, progressed: false, hadPosition: true, ...outcome };
  return nextAttempt(state, full, defaultBackoff, random, "/event/A__e");
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

for (const code of ["overloaded", "delivery_limit_reached", "login_rate_limited"] as const) {
  test(`${code} waits for at least half a minute from the first time on`, () => {
    const shortest = after(firstAttempt, { error: failure(code) }, 0).step;
    assert.equal(shortest.kind === "back_off" && shortest.delayMs, 30_000);
  });
}

for (const code of [
  "auth_rejected",
  "topic_not_found",
  "permission_denied",
  "request_rejected",
  "unexpected",
] as const) {
  test(`${code} is never given up`, () => {
    const { step } = after({ ...firstAttempt, failures: 1_000_000 }, { error: failure(code) });
    assert.equal(step.kind === "back_off" && step.delayMs, 60_000);
  });
}

test("a refused session is replaced at once, and a refused replacement waits", () => {
  const error = failure("session_rejected");
  const first = after(firstAttempt, { error });
  assert.deepEqual(first.step, { kind: "now" });
  assert.equal(after(first.state, { error }).step.kind, "back_off");
  assert.deepEqual(after(first.state, { error, progressed: true }).step, { kind: "now" });
});

test("a refused position falls back at once, and slowly when the server refuses its own position next", () => {
  const error = failure("position_rejected");
  const first = after(firstAttempt, { error });
  assert.deepEqual(first.step, { kind: "fall_back", delayMs: 0, error });
  const reread = after(first.state, {
    error: failure("service_unavailable"),
    progressed: true,
    hadPosition: false,
  });
  assert.deepEqual(after(reread.state, { error }).step, { kind: "fall_back", delayMs: 60_000, error });
  const accepted = after(reread.state, { progressed: true });
  assert.deepEqual(after(accepted.state, { error }).step, { kind: "fall_back", delayMs: 0, error });
});

test("a refused position is no reason to fall back when none was sent", () => {
  const { step } = after(firstAttempt, { error: failure("position_rejected"), hadPosition: false });
  assert.equal(step.kind, "back_off");
});
