import { setTimeout as sleep } from "node:timers/promises";

const INTERVAL_MS = 50;

export type Waiting = {
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  /** Told in the error when the time is over: what a reader needs to see why. */
  picture(): Promise<string>;
};

/**
 * Looks again and again until there is a value; a look that throws counts as none, because servers come and go here.
 *
 * @throws {Error} after `deadlineMs`, with the last failure and the whole picture.
 */
export async function waitFor<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  waiting: Waiting,
): Promise<Value> {
  const startedAtMs = performance.now();
  let failure: unknown;
  while (performance.now() - startedAtMs < waiting.deadlineMs) {
    try {
      const value = await look();
      if (value !== undefined) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await sleep(waiting.intervalMs ?? INTERVAL_MS);
  }
  const picture = await waiting.picture().catch((error: unknown) => `no picture: ${String(error)}`);
  throw new Error(`waited ${waiting.deadlineMs} ms in vain: ${what}\n${picture}`, { cause: failure });
}
