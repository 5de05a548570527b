import type { PreparedEvent } from "../bus/publish-event.ts";
import type { PublishBehavior } from "../metadata/org-metadata.ts";
import type { EventBus } from "../org-core.ts";

/** Events that a save published and that are not on the bus yet. */
export class StagedEvents {
  readonly #bus: EventBus;
  readonly #behaviors: ReadonlyMap<string, PublishBehavior>;
  #afterCommit: PreparedEvent[] = [];
  #immediate: PreparedEvent[] = [];

  constructor(bus: EventBus, behaviors: ReadonlyMap<string, PublishBehavior>) {
    this.#bus = bus;
    this.#behaviors = behaviors;
  }

  /** How many wait. */
  get size(): number {
    return this.#afterCommit.length + this.#immediate.length;
  }

  add(eventName: string, event: PreparedEvent): void {
    const isImmediate = this.#behaviors.get(eventName) === "PublishImmediately";
    (isImmediate ? this.#immediate : this.#afterCommit).push(event);
  }

  /** To be called as the last thing of the save's transaction: the events commit with it or not at all. */
  appendAfterCommitEvents(): void {
    this.#append(this.#afterCommit);
  }

  /** To be called when the transaction is over, whatever became of it: these events never depended on it. */
  finish(): void {
    this.#afterCommit = [];
    const immediate = this.#immediate;
    this.#immediate = [];
    this.#append(immediate);
  }

  #append(events: readonly PreparedEvent[]): void {
    for (const { topic, schemaId, payload } of events) {
      this.#bus.append(topic, [{ id: null, schemaId, payload }]);
    }
  }
}
