import type { Clock } from "../clock.ts";
import type { OrgEdition } from "../pubsub-knobs.ts";
import type { OrgDatabase } from "../records/org-database.ts";

/** What is allowed in a window that moves with the org's clock, and how finely it moves. */
export type AllocationRule = {
  readonly name: string;
  readonly max: number;
  readonly windowMs: number;
  readonly bucketMs: number;
};

/** The allocations of events; delivery counts for each subscriber. */
export type EventAllocations = { readonly publishes: Allocation; readonly deliveries: Allocation };

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Reference `pubsub-api.md`, section 8.3. */
const perHour: Readonly<Record<OrgEdition, number>> = {
  developer: 50_000,
  enterprise: 250_000,
  unlimited: 250_000,
};
const perDay: Readonly<Record<OrgEdition, number>> = {
  developer: 10_000,
  enterprise: 25_000,
  unlimited: 50_000,
};

export function openAllocations(
  database: OrgDatabase,
  clock: Clock,
  edition: OrgEdition,
  other: { readonly publishPerHour?: number; readonly deliverPerDay?: number },
): EventAllocations {
  const publishes = {
    name: "publish",
    max: other.publishPerHour ?? perHour[edition],
    windowMs: hourMs,
    bucketMs: minuteMs,
  };
  const deliveries = {
    name: "deliver",
    max: other.deliverPerDay ?? perDay[edition],
    windowMs: 24 * hourMs,
    bucketMs: 15 * minuteMs,
  };
  return {
    publishes: new Allocation(publishes, database, clock),
    deliveries: new Allocation(deliveries, database, clock),
  };
}

/** Counts that were not written yet may be lost with the process; so few do not matter. */
const maxUnwritten = 500;

/** How much was used within the last hour or day. It survives a restart. */
export class Allocation {
  readonly #rule: AllocationRule;
  readonly #database: OrgDatabase;
  readonly #clock: Clock;
  readonly #buckets = new Map<number, number>();
  readonly #listeners = new Set<() => void>();
  readonly #write;
  readonly #forget;
  readonly #unwritten = new Set<number>();
  #unwrittenCount = 0;

  constructor(rule: AllocationRule, database: OrgDatabase, clock: Clock) {
    this.#rule = rule;
    this.#database = database;
    this.#clock = clock;
    this.#write = database.prepare(
      "INSERT OR REPLACE INTO event_usage (name, bucket, count) VALUES (?, ?, ?)",
    );
    this.#forget = database.prepare("DELETE FROM event_usage WHERE name = ? AND bucket = ?");
    this.reload();
  }

  /** Reads again what was used, after the database was replaced as a whole. */
  reload(): void {
    this.#buckets.clear();
    this.#unwritten.clear();
    this.#unwrittenCount = 0;
    const rows = this.#database.prepare("SELECT bucket, count FROM event_usage WHERE name = ?");
    for (const row of rows.all(this.#rule.name)) {
      this.#buckets.set(Number(row["bucket"]), Number(row["count"]));
    }
  }

  get max(): number {
    return this.#rule.max;
  }

  /** Counts within the open transaction, if there is one: what is rolled back was not used. */
  add(count: number): void {
    const bucket = Math.floor(this.#clock() / this.#rule.bucketMs);
    const before = this.#buckets.get(bucket) ?? 0;
    this.#buckets.set(bucket, before + count);
    this.#unwritten.add(bucket);
    this.#unwrittenCount += count;
    if (this.#database.isInTransaction) {
      this.#database.onRollback(() => {
        this.#buckets.set(bucket, before);
      });
      this.flush();
    } else if (this.#unwrittenCount >= maxUnwritten) this.flush();
    if (this.remaining() === 0) for (const listener of this.#listeners) listener();
  }

  total(): number {
    const now = this.#clock();
    let total = 0;
    for (const [bucket, count] of this.#buckets) {
      // A bucket counts until its last moment has left the window.
      if ((bucket + 1) * this.#rule.bucketMs <= now - this.#rule.windowMs) {
        this.#buckets.delete(bucket);
        this.#forget.run(this.#rule.name, bucket);
      } else total += count;
    }
    return total;
  }

  remaining(): number {
    return Math.max(0, this.#rule.max - this.total());
  }

  /** Called whenever nothing is left; must not throw. Returns how to stop. */
  onExhausted(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes down what was counted. */
  flush(): void {
    for (const bucket of this.#unwritten) {
      this.#write.run(this.#rule.name, bucket, this.#buckets.get(bucket) ?? 0);
    }
    this.#unwritten.clear();
    this.#unwrittenCount = 0;
  }
}
