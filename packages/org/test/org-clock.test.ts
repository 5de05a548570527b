import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../src/time/org-clock.ts";
import type { ClockState } from "../src/time/org-clock.ts";

/** Real time that the test owns; the timer that is set last is the one that counts. */
function open(state?: ClockState) {
  const real = { nowMs: 1_000, delays: [] as number[], fire: (): void => undefined };
  const clock = new VirtualClock(
    {
      now: () => real.nowMs,
      startTimer: (delayMs, fire) => {
        real.delays.push(delayMs);
        real.fire = fire;
        return () => {
          real.fire = () => undefined;
        };
      },
    },
    state,
  );
  return { real, clock };
}

test("without a state the org's time is real time", () => {
  const { real, clock } = open();
  assert.equal(clock.now(), 1_000);
  real.nowMs += 250;
  assert.equal(clock.now(), 1_250);
});

test("a rate speeds time up, and zero stops it", () => {
  const { real, clock } = open({ nowMs: 0, rate: 60 });
  real.nowMs += 1_000;
  assert.equal(clock.now(), 60_000);
  clock.setRate(0);
  real.nowMs += 1_000;
  assert.equal(clock.now(), 60_000);
  assert.deepEqual(clock.state, { nowMs: 60_000, rate: 0 });
  assert.throws(() => {
    clock.setRate(-1);
  }, RangeError);
});

test("timers wait in real time, shortened by the rate", () => {
  const { real, clock } = open({ nowMs: 0, rate: 10 });
  const fired: number[] = [];
  clock.startTimer(5_000, () => fired.push(clock.now()));
  assert.deepEqual(real.delays, [500]);
  real.nowMs += 500;
  real.fire();
  assert.deepEqual(fired, [5_000]);
});

test("advancing fires what falls due on the way, in order, each at its own time", () => {
  const { clock } = open();
  const fired: (readonly [string, number])[] = [];
  clock.startTimer(300, () => fired.push(["third", clock.now()]));
  clock.startTimer(100, () => {
    fired.push(["first", clock.now()]);
    clock.startTimer(100, () => fired.push(["second", clock.now()]));
  });
  clock.startTimer(401, () => fired.push(["too late", clock.now()]));
  clock.advance(400);
  assert.deepEqual(fired, [
    ["first", 1_100],
    ["second", 1_200],
    ["third", 1_300],
  ]);
  assert.equal(clock.now(), 1_400);
});

test("a stopped timer does not fire, and a closed clock fires nothing", () => {
  const { clock } = open();
  const fired: string[] = [];
  clock.startTimer(10, () => fired.push("stopped"))();
  clock.advance(20);
  clock.startTimer(10, () => fired.push("closed"));
  clock.close();
  clock.advance(20);
  assert.deepEqual(fired, []);
});

test("time is set forward and never back, and each change by hand is told", () => {
  const { clock } = open();
  const states: ClockState[] = [];
  clock.onChange((state) => states.push(state));
  clock.set(5_000);
  assert.throws(() => {
    clock.set(4_999);
  }, /cannot go back/);
  clock.advance(1);
  clock.setRate(0);
  assert.deepEqual(states, [
    { nowMs: 5_000, rate: 1 },
    { nowMs: 5_001, rate: 1 },
    { nowMs: 5_001, rate: 0 },
  ]);
});

test("a delay longer than a real timer takes is waited for in parts", () => {
  const { real, clock } = open({ nowMs: 0, rate: 1 });
  let fired = 0;
  clock.startTimer(3_000_000_000, () => (fired += 1));
  assert.deepEqual(real.delays, [2_147_483_647]);
  real.nowMs += 2_147_483_647;
  real.fire();
  assert.deepEqual([fired, real.delays.at(-1)], [0, 852_516_353]);
  real.nowMs += 852_516_353;
  real.fire();
  assert.equal(fired, 1);
});

test("a restart goes back to real time, and timers wait as long as they still had to", () => {
  const { real, clock } = open();
  const fired: number[] = [];
  clock.advance(10_000);
  const stop = clock.startTimer(50, () => fired.push(-1));
  clock.startTimer(100, () => fired.push(clock.now()));
  clock.restart();
  assert.deepEqual(clock.state, { nowMs: real.nowMs, rate: 1 });
  stop();
  clock.advance(100);
  assert.deepEqual(fired, [1_100]);
});
