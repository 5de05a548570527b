import { z } from "zod";
import type { Clock, Random } from "../clock.ts";
import type { BusEvent, EventBus, ResolvedPosition, TopicDefinition } from "../org-core.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import { positionOf, replayIdOf } from "./replay-id.ts";

/** High-volume platform events are kept for 72 hours. */
export const retentionMs = 72 * 3_600_000;

/** Ids of the service are not contiguous, so ours leave up to this many numbers out. */
const maxGap = 8;

const newestCounter = "bus.newest";
/** The highest position that a client can no longer resume from. */
const expiredCounter = "bus.expired";

const eventRow = z.object({
  position: z.number(),
  topic: z.string(),
  event_id: z.string(),
  schema_id: z.string(),
  payload: z.instanceof(Uint8Array),
  published_at_ms: z.number(),
});

export type BusSchema = { readonly topic: string; readonly schemaId: string; readonly json: string };

export type BusOptions = {
  readonly database: OrgDatabase;
  readonly clock: Clock;
  readonly random: Random;
  readonly newUuid: () => string;
  /** The schema of each topic. */
  readonly schemas: readonly BusSchema[];
};

/** The event bus over the org's database: events of a save commit with it. */
export class SqliteEventBus implements EventBus {
  readonly #options: BusOptions;
  #topics: ReadonlyMap<string, TopicDefinition> = new Map();
  readonly #schemas = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #statements;

  constructor(options: BusOptions) {
    const { database } = options;
    this.#options = options;
    this.#statements = {
      insert: database.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)"),
      read: database.prepare(
        "SELECT * FROM event WHERE topic = ? AND position > ? ORDER BY position LIMIT ?",
      ),
      oldest: database.prepare("SELECT published_at_ms FROM event ORDER BY position LIMIT 1"),
      lastExpired: database.prepare("SELECT max(position) AS position FROM event WHERE published_at_ms < ?"),
      expire: database.prepare("DELETE FROM event WHERE position <= ?"),
      getCounter: database.prepare("SELECT value FROM counter WHERE name = ?"),
      setCounter: database.prepare("INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)"),
      addSchema: database.prepare("INSERT OR REPLACE INTO event_schema (schema_id, json) VALUES (?, ?)"),
    };
    database.transaction(() => {
      if (this.#counter(newestCounter) === 0) this.#startCounting();
    });
    this.useSchemas(options.schemas);
    for (const row of database.prepare("SELECT schema_id, json FROM event_schema").iterate()) {
      this.#schemas.set(String(row["schema_id"]), String(row["json"]));
    }
  }

  /** The schemas of the topics from now on. Earlier ones stay known for the events that were written with them. */
  useSchemas(schemas: readonly BusSchema[]): void {
    this.#options.database.transaction(() => {
      for (const { schemaId, json } of schemas) {
        this.#statements.addSchema.run(schemaId, json);
        this.#schemas.set(schemaId, json);
      }
    });
    this.#topics = new Map(schemas.map(({ topic, schemaId }) => [topic, { name: topic, schemaId }]));
  }

  topic(name: string): TopicDefinition | undefined {
    return this.#topics.get(name);
  }

  topics(): readonly TopicDefinition[] {
    return [...this.#topics.values()];
  }

  schemaJson(schemaId: string): string | undefined {
    return this.#schemas.get(schemaId);
  }

  append(
    topic: string,
    events: readonly {
      readonly id: string | null;
      readonly schemaId: string;
      readonly payload: Uint8Array;
    }[],
  ): readonly BusEvent[] {
    if (!this.#topics.has(topic)) throw new Error(`the bus has no topic ${topic}`);
    if (events.length === 0) return [];
    const { database, clock, newUuid } = this.#options;
    return database.transaction(() => {
      const publishedAtMs = clock();
      const appended = events.map(({ id, schemaId, payload }): BusEvent => {
        const position = this.#advance();
        const eventId = id ?? newUuid();
        this.#statements.insert.run(position, topic, eventId, schemaId, payload, publishedAtMs);
        return { position, replayId: replayIdOf(position), topic, eventId, schemaId, payload, publishedAtMs };
      });
      database.onCommit(() => {
        for (const listener of this.#listeners) listener();
      });
      return appended;
    });
  }

  read(topic: string, afterPosition: number, limit: number): readonly BusEvent[] {
    this.#expire();
    return this.#statements.read.all(topic, afterPosition, limit).map((row) => {
      const found = eventRow.parse(row);
      return {
        position: found.position,
        replayId: replayIdOf(found.position),
        topic: found.topic,
        eventId: found.event_id,
        schemaId: found.schema_id,
        payload: found.payload,
        publishedAtMs: found.published_at_ms,
      };
    });
  }

  latest(): { readonly position: number; readonly replayId: Uint8Array } {
    this.#expire();
    const position = this.#counter(newestCounter);
    return { position, replayId: replayIdOf(position) };
  }

  resolve(_topic: string, replayId: Uint8Array): ResolvedPosition {
    this.#expire();
    const position = positionOf(replayId);
    const isKnown =
      position !== undefined &&
      position > this.#counter(expiredCounter) &&
      position <= this.#counter(newestCounter);
    return isKnown ? { kind: "at", position } : { kind: "corrupted" };
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Forgets what is older than the retention. When that is everything, the bus moves on by itself: a client that
   * stays connected learns a position from its keepalives that has not expired.
   */
  #expire(): void {
    const horizonMs = this.#options.clock() - retentionMs;
    const oldest = this.#statements.oldest.get()?.["published_at_ms"];
    if (oldest === undefined || Number(oldest) >= horizonMs) return;
    this.#options.database.transaction(() => {
      const expired = Number(this.#statements.lastExpired.get(horizonMs)?.["position"]);
      this.#statements.expire.run(expired);
      this.#statements.setCounter.run(expiredCounter, expired);
      if (this.#counter(newestCounter) <= expired) this.#advance();
    });
  }

  #advance(): number {
    const position = this.#counter(newestCounter) + 1 + Math.floor(this.#options.random() * maxGap);
    this.#statements.setCounter.run(newestCounter, position);
    return position;
  }

  /** Another org starts elsewhere, so that ids of one mean nothing on the other. */
  #startCounting(): void {
    const first = 1_000_000 + Math.floor(this.#options.random() * 1_000_000_000);
    this.#statements.setCounter.run(newestCounter, first);
    this.#statements.setCounter.run(expiredCounter, first - 1);
  }

  #counter(name: string): number {
    return Number(this.#statements.getCounter.get(name)?.["value"] ?? 0);
  }
}
