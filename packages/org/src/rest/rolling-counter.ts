const bucketCount = 24;

/** Counts what happened within a window that moves with the clock, in steps of a 24th of it. */
export class RollingCounter {
  readonly #now: () => number;
  readonly #bucketMs: number;
  readonly #buckets = new Map<number, number>();

  constructor(windowMs: number, now: () => number) {
    this.#bucketMs = windowMs / bucketCount;
    this.#now = now;
  }

  add(count = 1): void {
    const bucket = this.#currentBucket();
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
  }

  total(): number {
    const oldest = this.#currentBucket() - bucketCount;
    let total = 0;
    for (const [bucket, count] of this.#buckets) {
      if (bucket <= oldest) this.#buckets.delete(bucket);
      else total += count;
    }
    return total;
  }

  #currentBucket(): number {
    return Math.floor(this.#now() / this.#bucketMs);
  }
}
