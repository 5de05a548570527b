import type { BusEvent, EventBus, ResolvedPosition, TopicDefinition } from "../org-core.ts";
import type { OrgStage } from "../org-stage.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import { WaitingBatches } from "./waiting-batches.ts";
import type { WaitingBatch, WaitingEvent } from "./waiting-batches.ts";

type NewEvent = Parameters<EventBus["append"]>[1][number];

/** Events of one request and topic that are on their way. */
type Batch = { readonly topic: string; readonly events: readonly WaitingEvent[] };

/** What becomes of all that one request says on one topic. */
type Fate =
  | { readonly kind: "passes" }
  | { readonly kind: "lost" }
  | { readonly kind: "held" }
  | { readonly kind: "late"; readonly delayMs: number };

export type FaultyBusOptions = OrgStage & {
  readonly bus: EventBus;
  readonly database: OrgDatabase;
  readonly newUuid: () => string;
};

/**
 * The bus as publishers see it: between them and the bus events come twice, late, in another order, or not at all, when
 * such a fault is armed. A request is a transaction of the database; a fault other than the duplicate takes all that
 * the request says on a topic. What is held back commits with its request.
 */
export class FaultyBus implements EventBus {
  readonly #options: FaultyBusOptions;
  /** What was decided for the open transaction, by topic. */
  #request: Map<string, Fate> | undefined;
  /** Waits for the next request on its topic. */
  #held: readonly WaitingBatch[] = [];
  /** Waits for its time. */
  readonly #late = new Map<WaitingBatch, () => void>();
  readonly #waiting: WaitingBatches;

  constructor(options: FaultyBusOptions) {
    this.#options = options;
    this.#waiting = new WaitingBatches(options.database);
    options.faults.onCallOff("event_reorder", (covers) => {
      this.#release((topic) => covers({ topic }));
    });
  }

  /** Answers for events that are held back or lost, too: with their ids, and the newest replay id of the bus. */
  append(topic: string, events: readonly NewEvent[]): readonly BusEvent[] {
    const { bus, database, newUuid } = this.#options;
    if (events.length === 0 || bus.topic(topic) === undefined) return bus.append(topic, events);
    return database.transaction(() => {
      const fate = this.#fateOf(topic);
      const named = events.map((event) => ({ ...event, id: event.id ?? newUuid(), isCopy: false }));
      if (fate.kind === "lost") {
        database.onCommit(() => {
          this.#logLost({ topic, events: named });
        });
        return this.#unseen({ topic, events: named });
      }
      const batch = { topic, events: this.#duplicate(topic, named) };
      if (fate.kind === "passes") return this.#pass(batch);
      const dueAtMs = fate.kind === "late" ? this.#options.clock.now() + fate.delayMs : null;
      const waiting = this.#waiting.add({ ...batch, dueAtMs });
      database.onCommit(() => {
        if (dueAtMs === null) this.#held = [...this.#held, waiting];
        else this.#delay(waiting, dueAtMs);
      });
      return this.#unseen({ topic, events: named });
    });
  }

  /** Brings everything that is held back to the bus, before the database closes. */
  flush(): void {
    this.#release(() => true);
    for (const [batch, stopTimer] of this.#late) {
      stopTimer();
      this.#arrive(batch);
    }
  }

  topic(name: string): TopicDefinition | undefined {
    return this.#options.bus.topic(name);
  }

  topics(): readonly TopicDefinition[] {
    return this.#options.bus.topics();
  }

  schemaJson(schemaId: string): string | undefined {
    return this.#options.bus.schemaJson(schemaId);
  }

  read(topic: string, afterPosition: number, limit: number): readonly BusEvent[] {
    return this.#options.bus.read(topic, afterPosition, limit);
  }

  latest(): { readonly position: number; readonly replayId: Uint8Array } {
    return this.#options.bus.latest();
  }

  resolve(topic: string, replayId: Uint8Array): ResolvedPosition {
    return this.#options.bus.resolve(topic, replayId);
  }

  earliest(): { readonly position: number; readonly replayId: Uint8Array } {
    return this.#options.bus.earliest();
  }

  get epoch(): number {
    return this.#options.bus.epoch;
  }

  /** What is held back or late belongs to the stream of before, and is gone with it. */
  restart(firstPosition?: number): void {
    this.forget();
    this.#options.bus.restart(firstPosition);
  }

  /** Drops what is held back or late. */
  forget(): void {
    this.#letGo();
    this.#waiting.clear();
  }

  /**
   * Goes on with what the database says is on its way, after the org was killed or a copy of it restored. What was held
   * back for a later request comes now, because the fault that held it is gone; an event whose topic is gone is, too.
   */
  reload(): void {
    this.#letGo();
    for (const batch of this.#waiting.list()) {
      if (this.topic(batch.topic) === undefined) this.#waiting.erase(batch);
      else if (batch.dueAtMs === null) this.#held = [...this.#held, batch];
      else this.#delay(batch, batch.dueAtMs);
    }
    this.#release(() => true);
  }

  #letGo(): void {
    this.#held = [];
    for (const stopTimer of this.#late.values()) stopTimer();
    this.#late.clear();
  }

  onAppend(listener: () => void): () => void {
    return this.#options.bus.onAppend(listener);
  }

  #fateOf(topic: string): Fate {
    const fates = this.#fatesOfRequest();
    const fate = fates.get(topic) ?? this.#decide(topic);
    fates.set(topic, fate);
    return fate;
  }

  #fatesOfRequest(): Map<string, Fate> {
    if (this.#request !== undefined) return this.#request;
    const { database } = this.#options;
    this.#request = new Map();
    const end = (): void => {
      this.#request = undefined;
    };
    database.onCommit(end);
    database.onRollback(end);
    return this.#request;
  }

  #decide(topic: string): Fate {
    const { faults } = this.#options;
    const place = { topic };
    if (faults.take("event_lost", place) !== undefined) return { kind: "lost" };
    const delay = faults.take("event_delay", place);
    if (delay !== undefined) return { kind: "late", delayMs: delay.delayMs };
    // What is held comes after this request, so this one has to pass.
    const hasHeld = this.#held.some((batch) => batch.topic === topic);
    if (!hasHeld && faults.take("event_reorder", place) !== undefined) return { kind: "held" };
    return { kind: "passes" };
  }

  #duplicate(topic: string, events: readonly WaitingEvent[]): readonly WaitingEvent[] {
    const { faults } = this.#options;
    return events.flatMap((event) =>
      faults.take("event_duplicate", { topic }) === undefined ? [event] : [event, { ...event, isCopy: true }],
    );
  }

  /** Returns what was published, without the copies, which the publisher does not know of. */
  #pass(batch: Batch): readonly BusEvent[] {
    const appended = this.#put(batch);
    this.#options.database.onCommit(() => {
      this.#release((topic) => topic === batch.topic);
    });
    return appended.filter((_event, index) => batch.events[index]?.isCopy === false);
  }

  /** To be called in a transaction. */
  #put({ topic, events }: Batch): readonly BusEvent[] {
    const { bus, database, log } = this.#options;
    const appended: BusEvent[] = [];
    // Before the bus tells its listeners, so that an event is published before it is delivered.
    database.onCommit(() => {
      for (const { eventId, replayId } of appended) {
        log.add("event:published", { topic, eventId, replayId: Buffer.from(replayId).toString("hex") });
      }
    });
    appended.push(...bus.append(topic, events));
    return appended;
  }

  #delay(batch: WaitingBatch, dueAtMs: number): void {
    const { clock } = this.#options;
    const stopTimer = clock.startTimer(dueAtMs - clock.now(), () => {
      this.#arrive(batch);
    });
    this.#late.set(batch, stopTimer);
  }

  #arrive(batch: WaitingBatch): void {
    this.#options.database.transaction(() => {
      this.#waiting.erase(batch);
      this.#put(batch);
    });
    this.#late.delete(batch);
    this.#release((topic) => topic === batch.topic);
  }

  #release(isMeant: (topic: string) => boolean): void {
    const due = this.#held.filter(({ topic }) => isMeant(topic));
    if (due.length === 0) return;
    const { database } = this.#options;
    database.transaction(() => {
      database.onRollback(() => {
        this.#held = [...due, ...this.#held];
      });
      this.#held = this.#held.filter((batch) => !due.includes(batch));
      for (const batch of due) {
        this.#waiting.erase(batch);
        this.#put(batch);
      }
    });
  }

  #logLost({ topic, events }: Batch): void {
    for (const { id } of events) this.#options.log.add("event:lost", { topic, eventId: id });
  }

  #unseen({ topic, events }: Batch): readonly BusEvent[] {
    const { bus, clock } = this.#options;
    const newest = bus.latest();
    return events.map(({ id, schemaId, payload }) => ({
      ...newest,
      topic,
      eventId: id,
      schemaId,
      payload,
      publishedAtMs: clock.now(),
    }));
  }
}
