/** Wakes all that wait before their next attempt, such as when somebody has repaired what they failed of. */
export class RetryBell {
  #controller = new AbortController();

  /** Aborts at the next ring. */
  get next(): AbortSignal {
    return this.#controller.signal;
  }

  ring(): void {
    const rung = this.#controller;
    this.#controller = new AbortController();
    rung.abort();
  }
}
