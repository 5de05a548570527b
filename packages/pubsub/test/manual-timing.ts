import { setImmediate as turn } from "node:timers/promises";
import type { Timing } from "../src/system-defaults.ts";
import { Mailbox } from "./mailbox.ts";

type Sleeper = { readonly dueMs: number; readonly wake: () => void };

/** Time that moves only when a test says so. */
export class ManualTiming implements Timing {
  nowMs = 1_000_000;
  randomValue = 0.5;
  /** The length of each sleep that began, in order; ticks of 500 ms and the limit of calls, 30 s, are left out. */
  readonly sleeps = new Mailbox<number>();
  #sleepers: Sleeper[] = [];

  clock = (): number => this.nowMs;
  random = (): number => this.randomValue;

  sleep = (delayMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sleeper = { dueMs: this.nowMs + delayMs, wake: resolve };
      this.#sleepers.push(sleeper);
      if (delayMs !== 500 && delayMs !== 30_000) this.sleeps.put(delayMs);
      signal.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      });
    });

  /** Moves the clock and wakes whoever is due, in order of time, letting each act before the next. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      const next = this.#sleepers.toSorted((left, right) => left.dueMs - right.dueMs)[0];
      if (next === undefined || next.dueMs > untilMs) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.wake();
      await turn();
    }
    this.nowMs = untilMs;
  }
}
