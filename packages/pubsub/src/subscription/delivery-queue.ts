import type { ConsumerEvent, FetchResponse } from "../wire/fetch-response.ts";
import type { ReceivedEvent, StreamItem } from "./stream-item.ts";

export type DecodeEvent = {
  /** Decodes at once; undefined when the event's schema is not there yet. Never throws for an event's own fault. */
  readonly now: (event: ConsumerEvent) => ReceivedEvent | undefined;
  /** Decodes once the schema is there, however long that takes. Rejects when aborted only. */
  readonly later: (event: ConsumerEvent) => Promise<ReceivedEvent>;
  /** Told once of each event that fits no schema. */
  readonly onUndecodable: (event: UndecodableEvent) => void;
};

export type UndecodableEvent = Extract<ReceivedEvent, { readonly kind: "undecodable" }>;

type Waiting =
  | { readonly kind: "events"; readonly events: readonly ConsumerEvent[]; readonly atMs: number }
  | { readonly kind: "position"; readonly position: Uint8Array; readonly atMs: number }
  | { readonly kind: "item"; readonly item: StreamItem };

type Ready = Exclude<Waiting, { readonly kind: "events" }> | DecodedEvents;
type DecodedEvents = {
  readonly kind: "decoded";
  readonly events: readonly ReceivedEvent[];
  readonly atMs: number;
};

/**
 * What has come and was not dealt with, in the order of its coming:
 * - waiting   an event's schema is being fetched; whatever came later waits behind it, or order would be lost.
 * - ready     decoded, for the consumer to take. What gathers while it works is taken as one batch.
 * - in hand   taken; dealt with as soon as the consumer asks for more.
 */
export class DeliveryQueue {
  readonly #decode: DecodeEvent;
  readonly #signal: AbortSignal;
  readonly #waiting: Waiting[] = [];
  #ready: Ready[] = [];
  #wake: () => void = () => undefined;
  #held = 0;
  #inHand = 0;
  #isPumping = false;
  #failure: { readonly error: unknown } | undefined;

  /** The signal ends every wait. */
  constructor(decode: DecodeEvent, signal: AbortSignal) {
    this.#decode = decode;
    this.#signal = signal;
    // One listener for all waits: a listener for each would be the larger part of what a wait costs.
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** Events received and not dealt with. */
  get held(): number {
    return this.#held;
  }

  /** Takes a response over; returns the position reached by it, or undefined when it tells none. */
  push({ events, latestReplayId }: FetchResponse, atMs: number): Uint8Array | undefined {
    const last = events.at(-1);
    if (last === undefined) {
      if (latestReplayId.length === 0) return undefined;
      this.#add({ kind: "position", position: latestReplayId, atMs });
      return latestReplayId;
    }
    this.#held += events.length;
    this.#add({ kind: "events", events, atMs });
    // The last event's own id, not the response's: that one may be ahead of what was delivered.
    return last.replayId;
  }

  /** Puts an item in its place behind what came before. */
  pushItem(item: StreamItem): void {
    this.#add({ kind: "item", item });
  }

  /** No more will come; the consumer gets what is there, then the error. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** Says that what was taken before is dealt with. */
  release(): void {
    this.#held -= this.#inHand;
    this.#inHand = 0;
  }

  /**
   * All that is ready, as one item; waits for the first. For one caller at a time.
   *
   * @throws what `fail` was called with, once nothing is left; the signal's reason when aborted.
   */
  async take(): Promise<StreamItem> {
    for (;;) {
      this.#signal.throwIfAborted();
      const item = this.#takeReady();
      if (item !== undefined) return item;
      if (this.#failure !== undefined && this.#waiting.length === 0) throw this.#failure.error;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#wake = () => {
        resolve(undefined);
      };
      await promise;
    }
  }

  #takeReady(): StreamItem | undefined {
    const [first] = this.#ready;
    if (first === undefined) return undefined;
    if (first.kind === "item") {
      this.#ready.shift();
      return first.item;
    }
    const end = this.#ready.findIndex((each) => each.kind === "item");
    const parts = this.#ready.splice(0, end === -1 ? this.#ready.length : end);
    const decoded = parts.filter((part) => part.kind === "decoded");
    const events = decoded.length === 1 ? (decoded[0]?.events ?? []) : decoded.flatMap((part) => part.events);
    const position = positionOf(parts.at(-1));
    if (position === undefined) return undefined;
    this.#inHand = events.length;
    return { kind: "batch", events, position, receivedAtMs: first.atMs };
  }

  #add(entry: Waiting): void {
    if (this.#isPumping) this.#waiting.push(entry);
    else if (!this.#decodeNow(entry)) {
      this.#waiting.push(entry);
      void this.#pump();
    }
    this.#wake();
  }

  /** Whether everything it needs was there. */
  #decodeNow(entry: Waiting): boolean {
    if (entry.kind !== "events") {
      // A later position takes the place of one that nobody took yet.
      if (entry.kind === "position" && this.#ready.at(-1)?.kind === "position") this.#ready.pop();
      this.#ready.push(entry);
      return true;
    }
    const events: ReceivedEvent[] = [];
    for (const event of entry.events) {
      const decoded = this.#decode.now(event);
      if (decoded === undefined) return false;
      events.push(decoded);
    }
    this.#setReady(events, entry.atMs);
    return true;
  }

  #setReady(events: readonly ReceivedEvent[], atMs: number): void {
    for (const event of events) if (event.kind === "undecodable") this.#decode.onUndecodable(event);
    this.#ready.push({ kind: "decoded", events, atMs });
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
        if (!this.#decodeNow(entry) && entry.kind === "events") {
          const events: ReceivedEvent[] = [];
          for (const event of entry.events) {
            events.push(this.#decode.now(event) ?? (await this.#decode.later(event)));
          }
          this.#setReady(events, entry.atMs);
        }
        this.#waiting.shift();
        this.#wake();
      }
    } catch (error) {
      this.#waiting.length = 0;
      this.fail(error);
    } finally {
      this.#isPumping = false;
    }
  }
}

function positionOf(part: Ready | undefined): Uint8Array | undefined {
  if (part?.kind === "position") return part.position;
  return part?.kind === "decoded" ? part.events.at(-1)?.replayId : undefined;
}
