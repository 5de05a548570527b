/**
 * Wakes whoever waits for news of the ledger. News that comes while nobody waits is not lost: the next wait ends at
 * once.
 */
export class ChangeSignal {
  readonly #waiting = new Set<() => void>();
  readonly #seen = new WeakMap<object, number>();
  #changes = 0;

  notify(): void {
    this.#changes += 1;
    for (const wake of this.#waiting) wake();
  }

  /**
   * Resolves when news came since this `waiter` last waited, after `delayMs`, or when the signal aborts.
   *
   * @param waiter tells the waiting loops apart.
   */
  async wait(waiter: object, delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#seen.get(waiter) !== this.#changes) {
      this.#seen.set(waiter, this.#changes);
      return;
    }
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, delayMs);
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.add(wake);
    });
    this.#seen.set(waiter, this.#changes);
  }
}
