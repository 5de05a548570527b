import assert from "node:assert/strict";
import { test } from "node:test";
import { faultKinds, isFaultKind } from "../src/faults/fault-kinds.ts";
import { FaultOrderError, readFaultOrder, subjectsOf } from "../src/faults/read-fault-order.ts";

test("every kind is armed by its name alone: it bites once, everywhere, as its options say by default", () => {
  for (const kind of Object.keys(faultKinds)) {
    assert.ok(isFaultKind(kind));
    assert.deepEqual(readFaultOrder({ kind }), {
      kind,
      schedule: { kind: "times", times: 1 },
      match: {},
      options: faultKinds[kind].options.parse({}),
    });
    assert.ok(subjectsOf(kind).length > 0);
  }
  for (const name of ["toString", "constructor", "no_such_fault", ""]) assert.equal(isFaultKind(name), false);
});

test("a fault bites so often, with a likelihood, or for a while; the seed of a rate is shown", () => {
  const scheduleOf = (body: object) => readFaultOrder({ kind: "row_locked", ...body }).schedule;
  assert.deepEqual(scheduleOf({ times: 3 }), { kind: "times", times: 3 });
  assert.deepEqual(scheduleOf({ rate: 0.25 }), { kind: "rate", rate: 0.25, seed: 1 });
  assert.deepEqual(scheduleOf({ rate: 1, seed: 7 }), { kind: "rate", rate: 1, seed: 7 });
  assert.deepEqual(scheduleOf({ forMs: 60_000 }), { kind: "window", forMs: 60_000 });
});

test("match and options are read by the kind", () => {
  assert.deepEqual(
    readFaultOrder({
      kind: "slow_answer",
      match: { method: "PATCH", path: "/services/data/*/sobjects/Order/*", user: "005Hs0000000001IAA" },
      options: { delayMs: 10 },
    }),
    {
      kind: "slow_answer",
      schedule: { kind: "times", times: 1 },
      match: { method: "PATCH", path: "/services/data/*/sobjects/Order/*", user: "005Hs0000000001IAA" },
      options: { delayMs: 10 },
    },
  );
  assert.deepEqual(readFaultOrder({ kind: "stream_rst", match: { at: "response" } }).match, {
    at: "response",
  });
});

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ["no object", "row_locked", /^a fault is armed with a JSON object$/],
  ["no kind", {}, /^kind: takes the name of a fault$/],
  ["a kind that is none", { kind: "row_lock" }, /^kind: there is no fault row_lock; it takes .*row_locked/],
  ["a field that is none", { kind: "row_locked", count: 1 }, /"count"/],
  ["no time", { kind: "row_locked", times: 0 }, /^times: takes a whole number from 1 to 1000000$/],
  ["half a time", { kind: "row_locked", times: 1.5 }, /^times: takes a whole number from 1/],
  ["times as a text", { kind: "row_locked", times: "1" }, /^times: takes a whole number from 1/],
  ["a rate above 1", { kind: "row_locked", rate: 2 }, /^rate: takes a number above 0, up to 1/],
  ["a rate of 0", { kind: "row_locked", rate: 0 }, /^rate: takes a number above 0, up to 1/],
  ["a negative seed", { kind: "row_locked", rate: 1, seed: -1 }, /^seed: takes a whole number from 0/],
  ["a seed without a rate", { kind: "row_locked", seed: 4 }, /^seed: goes with rate only$/],
  ["two schedules", { kind: "row_locked", times: 1, forMs: 1 }, /^times and forMs: give one of times, rate/],
  ["no window", { kind: "row_locked", forMs: 0 }, /^forMs: takes a whole number from 1 to 604800000$/],
  ["an empty match", { kind: "row_locked", match: { object: "" } }, /^match\.object: takes a text/],
  [
    "a match that the place cannot tell",
    { kind: "row_locked", match: { topic: "/event/A__e" } },
    /^match\.topic: row_locked can be limited by object, user$/,
  ],
  ["a moment that is none", { kind: "tcp_cut", match: { at: "end" } }, /^match\.at: takes open or response$/],
  [
    "an option that is none",
    { kind: "slow_answer", options: { delay: 1 } },
    /^options: .*"delay".*; slow_answer takes the options delayMs$/,
  ],
  [
    "an option of a kind without",
    { kind: "row_locked", options: { a: 1 } },
    /; row_locked takes no options$/,
  ],
  ["a bad option", { kind: "slow_answer", options: { delayMs: -1 } }, /^options\.delayMs: /],
  ["a bad code", { kind: "publish_refused", options: { code: "X" } }, /^options\.code: .*LIMIT_EXCEEDED/],
];

for (const [name, body, message] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => readFaultOrder(body),
      (error) => {
        assert.ok(error instanceof FaultOrderError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
