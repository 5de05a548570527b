import { z } from "zod";
import type { Clock, Random } from "../clock.ts";
import type { BusEvent, EventBus, ResolvedPosition, TopicDefinition } from "../org-core.ts";
import { defaultKnobs } from "../pubsub-knobs.ts";
import type { PubSubKnobs } from "../pubsub-knobs.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import type { Allocation } from "./allocation.ts";
import { ChannelFilter } from "./channel-filter.ts";
import type { BusChannel } from "./channel-filter.ts";
import { quietPosition, quietTimeOf } from "./quiet-positions.ts";
import type { BusMark } from "./quiet-positions.ts";
import { positionOf, replayIdOf } from "./replay-id.ts";
import type { ReplayIdForm } from "./replay-id.ts";

/** High-volume platform events are kept for 72 hours. */
export const retentionMs = defaultKnobs.retentionMs;

/** Ids of the service are not contiguous, so ours leave up to this many numbers out. */
const maxGap = 8;

/** What the numbering stands on: the newest expired event, or where it began. */
const basePositionCounter = "bus.base";
const baseTimeCounter = "bus.base.ms";
/** What databases of the first version hold instead. */
const formerNewestCounter = "bus.newest";

const eventRow = z.object({
  position: z.number(),
  topic: z.string(),
  event_id: z.string(),
  schema_id: z.string(),
  payload: z.instanceof(Uint8Array),
  published_at_ms: z.number(),
});
const markRow = z
  .object({ position: z.number(), published_at_ms: z.number() })
  .transform(({ position, published_at_ms }): BusMark => ({ position, atMs: published_at_ms }))
  .optional();

export type BusSchema = { readonly topic: string; readonly schemaId: string; readonly json: string };

export type BusKnobs = ReplayIdForm &
  Pick<PubSubKnobs, "acceptsUnissuedReplayIds" | "retentionMs" | "purgeLagMs" | "idAdvanceMs">;

export type BusOptions = {
  readonly database: OrgDatabase;
  readonly clock: Clock;
  readonly random: Random;
  readonly newUuid: () => string;
  /** The schema of each topic. */
  readonly schemas: readonly BusSchema[];
  readonly channels: readonly BusChannel[];
  readonly knobs: BusKnobs;
  /** Counts what is published. */
  readonly publishes: Pick<Allocation, "add">;
};

/** The event bus over the org's database: events of a save commit with it. */
export class SqliteEventBus implements EventBus {
  readonly #options: BusOptions;
  #topics: ReadonlyMap<string, TopicDefinition> = new Map();
  #channels: ReadonlyMap<string, BusChannel> = new Map();
  readonly #schemas = new Map<string, string>();
  readonly #filter = new ChannelFilter((schemaId) => this.schemaJson(schemaId));
  readonly #listeners = new Set<() => void>();
  readonly #statements;
  #epoch = 0;

  constructor(options: BusOptions) {
    const { database } = options;
    this.#options = options;
    const markColumns = "SELECT position, published_at_ms FROM event";
    this.#statements = {
      insert: database.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)"),
      read: database.prepare(
        "SELECT * FROM event WHERE topic IN (SELECT value FROM json_each(?)) AND position > ? ORDER BY position LIMIT ?",
      ),
      oldest: database.prepare(`${markColumns} ORDER BY position LIMIT 1`),
      newest: database.prepare(`${markColumns} ORDER BY position DESC LIMIT 1`),
      before: database.prepare(`${markColumns} WHERE position <= ? ORDER BY position DESC LIMIT 1`),
      after: database.prepare(`${markColumns} WHERE position > ? ORDER BY position LIMIT 1`),
      lastExpired: database.prepare(
        `${markColumns} WHERE published_at_ms < ? ORDER BY position DESC LIMIT 1`,
      ),
      expire: database.prepare("DELETE FROM event WHERE position <= ?"),
      getCounter: database.prepare("SELECT value FROM counter WHERE name = ?"),
      setCounter: database.prepare("INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)"),
      addSchema: database.prepare("INSERT OR REPLACE INTO event_schema (schema_id, json) VALUES (?, ?)"),
    };
    database.transaction(() => {
      if (this.#counter(basePositionCounter) === undefined) this.#startCounting();
    });
    this.useTopics(options.schemas, options.channels);
    for (const row of database.prepare("SELECT schema_id, json FROM event_schema").iterate()) {
      this.#schemas.set(String(row["schema_id"]), String(row["json"]));
    }
  }

  /**
   * The topics from now on, with their schemas, and the channels over them. Earlier schemas stay known for the events
   * that were written with them.
   */
  useTopics(schemas: readonly BusSchema[], channels: readonly BusChannel[]): void {
    this.#options.database.transaction(() => {
      for (const { schemaId, json } of schemas) {
        this.#statements.addSchema.run(schemaId, json);
        this.#schemas.set(schemaId, json);
      }
    });
    this.#channels = new Map(channels.map((channel) => [channel.topic, channel]));
    this.#topics = new Map([
      ...schemas.map(({ topic, schemaId }) => [topic, { name: topic, schemaId }] as const),
      // Events of several kinds have no common schema: the service leaves it blank.
      ...channels.map(({ topic }) => [topic, { name: topic, schemaId: "" }] as const),
    ]);
  }

  /** Reads again what it keeps in memory, after the database was replaced as a whole. */
  reload(): void {
    for (const row of this.#options.database.prepare("SELECT schema_id, json FROM event_schema").iterate()) {
      this.#schemas.set(String(row["schema_id"]), String(row["json"]));
    }
    this.#epoch += 1;
    this.#tell();
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

  get epoch(): number {
    return this.#epoch;
  }

  append(
    topic: string,
    events: readonly {
      readonly id: string | null;
      readonly schemaId: string;
      readonly payload: Uint8Array;
    }[],
  ): readonly BusEvent[] {
    if (!this.#topics.has(topic) || this.#channels.has(topic)) {
      throw new Error(`the bus has no topic ${topic} to publish to`);
    }
    if (events.length === 0) return [];
    const { database, clock, newUuid, knobs, publishes } = this.#options;
    return database.transaction(() => {
      const publishedAtMs = clock();
      publishes.add(events.length);
      const appended = events.map(({ id, schemaId, payload }): BusEvent => {
        const position = this.#nextPosition();
        const eventId = id ?? newUuid();
        this.#statements.insert.run(position, topic, eventId, schemaId, payload, publishedAtMs);
        const replayId = replayIdOf(position, knobs);
        return { position, replayId, topic, eventId, schemaId, payload, publishedAtMs };
      });
      database.onCommit(() => {
        this.#tell();
      });
      return appended;
    });
  }

  read(topic: string, afterPosition: number, limit: number): readonly BusEvent[] {
    this.#expire();
    const channel = this.#channels.get(topic);
    if (channel === undefined) return this.#readSources([topic], afterPosition, limit);
    const sources = channel.members.map((member) => member.topic);
    const found: BusEvent[] = [];
    for (let position = afterPosition; found.length < limit;) {
      const chunk = this.#readSources(sources, position, Math.max(limit, 100));
      const last = chunk.at(-1);
      if (last === undefined) break;
      found.push(...chunk.filter((event) => this.#filter.passes(channel, event)));
      position = last.position;
    }
    return found.slice(0, limit);
  }

  latest(): { readonly position: number; readonly replayId: Uint8Array } {
    this.#expire();
    const position = this.#latestPosition();
    return { position, replayId: replayIdOf(position, this.#options.knobs) };
  }

  earliest(): { readonly position: number; readonly replayId: Uint8Array } {
    this.#expire();
    const { position } = this.#base();
    return { position, replayId: replayIdOf(position, this.#options.knobs) };
  }

  resolve(_topic: string, replayId: Uint8Array): ResolvedPosition {
    this.#expire();
    const position = positionOf(replayId, this.#options.knobs);
    const isKnown = position !== undefined && this.#isKnown(position);
    return isKnown ? { kind: "at", position } : { kind: "corrupted" };
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  restart(firstPosition?: number): void {
    const { database } = this.#options;
    database.transaction(() => {
      this.#statements.expire.run(Number.MAX_SAFE_INTEGER);
      this.#startCounting(firstPosition);
      database.onCommit(() => {
        this.#epoch += 1;
        this.#tell();
      });
    });
  }

  #readSources(topics: readonly string[], afterPosition: number, limit: number): readonly BusEvent[] {
    return this.#statements.read.all(JSON.stringify(topics), afterPosition, limit).map((row) => {
      const found = eventRow.parse(row);
      return {
        position: found.position,
        replayId: replayIdOf(found.position, this.#options.knobs),
        topic: found.topic,
        eventId: found.event_id,
        schemaId: found.schema_id,
        payload: found.payload,
        publishedAtMs: found.published_at_ms,
      };
    });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether somebody was given this position, as that of an event or in a quiet time, and it has not expired. */
  #isKnown(position: number): boolean {
    const { knobs, clock } = this.#options;
    const mark = markRow.parse(this.#statements.before.get(position)) ?? this.#base();
    if (position > this.#latestPosition() || position < mark.position) return false;
    if (knobs.acceptsUnissuedReplayIds)
      return position > this.#base().position || mark.atMs >= this.#horizon();
    const atMs = quietTimeOf(mark, position, knobs.idAdvanceMs);
    const endMs = markRow.parse(this.#statements.after.get(position))?.atMs ?? clock();
    return atMs !== undefined && atMs >= this.#horizon() && (position === mark.position || atMs <= endMs);
  }

  /** Forgets what is older than the retention. */
  #expire(): void {
    const horizonMs = this.#horizon();
    const oldest = markRow.parse(this.#statements.oldest.get());
    if (oldest === undefined || oldest.atMs >= horizonMs) return;
    this.#options.database.transaction(() => {
      const expired = markRow.parse(this.#statements.lastExpired.get(horizonMs)) ?? oldest;
      this.#statements.expire.run(expired.position);
      this.#setBase(expired);
    });
  }

  #horizon(): number {
    const { clock, knobs } = this.#options;
    return clock() - knobs.retentionMs - knobs.purgeLagMs;
  }

  #latestPosition(): number {
    const { clock, knobs } = this.#options;
    const last = markRow.parse(this.#statements.newest.get()) ?? this.#base();
    return quietPosition(last, clock(), knobs.idAdvanceMs);
  }

  #nextPosition(): number {
    return this.#latestPosition() + 1 + Math.floor(this.#options.random() * maxGap);
  }

  /** Another org starts elsewhere, so that ids of one mean nothing on the other. */
  #startCounting(firstPosition?: number): void {
    const { random, clock } = this.#options;
    const oldest = markRow.parse(this.#statements.oldest.get());
    if (oldest !== undefined) {
      this.#setBase({ position: oldest.position - 1, atMs: oldest.atMs });
      return;
    }
    const former = this.#counter(formerNewestCounter) ?? 0;
    const first = firstPosition ?? Math.max(former, 1_000_000 + Math.floor(random() * 1_000_000_000));
    this.#setBase({ position: first, atMs: clock() });
  }

  #base(): BusMark {
    return {
      position: this.#counter(basePositionCounter) ?? 0,
      atMs: this.#counter(baseTimeCounter) ?? 0,
    };
  }

  #setBase({ position, atMs }: BusMark): void {
    this.#statements.setCounter.run(basePositionCounter, position);
    this.#statements.setCounter.run(baseTimeCounter, atMs);
  }

  #counter(name: string): number | undefined {
    const value = this.#statements.getCounter.get(name)?.["value"];
    return value === undefined ? undefined : Number(value);
  }
}
