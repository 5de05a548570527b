import type { PreparedEvent } from "../bus/publish-event.ts";
import type { PublishBehavior } from "../metadata/org-metadata.ts";
import type { EventBus } from "../org-core.ts";

/** The element of a flow that published; the events of a request reach the bus element by element. */
export type EventSource = { readonly flow: string; readonly element: string };

type StagedEvent = { readonly source: string; readonly id: string | null; readonly event: PreparedEvent };

/** Events that a request published and that are not on the bus yet. */
export class StagedEvents {
  readonly #bus: Pick<EventBus, "append">;
  readonly #behaviors: ReadonlyMap<string, PublishBehavior>;
  #afterCommit: StagedEvent[] = [];
  #immediate: StagedEvent[] = [];

  constructor(bus: Pick<EventBus, "append">, behaviors: ReadonlyMap<string, PublishBehavior>) {
    this.#bus = bus;
    this.#behaviors = behaviors;
  }

  /** How many wait. */
  get size(): number {
    return this.#afterCommit.length + this.#immediate.length;
  }

  /** Without a source the events of one name belong together. An event without an id gets one on the bus. */
  add(eventName: string, event: PreparedEvent, source?: EventSource, id: string | null = null): void {
    const isImmediate = this.#behaviors.get(eventName) === "PublishImmediately";
    const key = source === undefined ? eventName : `${source.flow}.${source.element}`;
    (isImmediate ? this.#immediate : this.#afterCommit).push({ source: key, id, event });
  }

  /** Where the events stand now, for `dropAfter`. */
  mark(): number {
    return this.#afterCommit.length;
  }

  /** Takes back what was added since the mark, except for events that never wait for the commit. */
  dropAfter(mark: number): void {
    this.#afterCommit.length = mark;
  }

  /**
   * To be called as the last thing of the request's transaction: the events commit with it or not at all.
   * Returns how many they are.
   */
  appendAfterCommitEvents(): number {
    return this.#append(this.#afterCommit);
  }

  /**
   * To be called when the transaction is over, whatever became of it: immediate events never depended on it.
   * Returns how many they are.
   */
  finish(): number {
    this.#afterCommit = [];
    const immediate = this.#immediate;
    this.#immediate = [];
    return this.#append(immediate);
  }

  /** Grouped by the publishing element, as the platform does in a batch; within a group in the order of the rows. */
  #append(events: readonly StagedEvent[]): number {
    for (const group of Map.groupBy(events, ({ source }) => source).values()) {
      for (const { id, event } of group) {
        this.#bus.append(event.topic, [{ id, schemaId: event.schemaId, payload: event.payload }]);
      }
    }
    return events.length;
  }
}
