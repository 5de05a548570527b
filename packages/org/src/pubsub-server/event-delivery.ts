import type { EventBus } from "../org-core.ts";
import { RpcFailure } from "./rpc-failure.ts";
import { takeBatch } from "./take-batch.ts";
import type { FetchResponse } from "./wire-types.ts";

/**
 * The flow of events to one client:
 * - `new`     nothing was asked for yet.
 * - `open`    events flow while there is credit. With credit and nothing to send, a keepalive follows every
 *             `keepaliveMs`; without credit the stream is closed after `zeroCreditCloseMs`, with status OK.
 * - `closed`  final; nothing is sent any more.
 */
type DeliveryState =
  | { readonly kind: "new" }
  | {
      readonly kind: "open";
      readonly topic: string;
      readonly epoch: number;
      position: number;
      /** The newest position that the client was told, with its id. */
      told: Told;
      credit: number;
    }
  | { readonly kind: "closed" };

export type Told = { readonly position: number; readonly replayId: Uint8Array };

export type Delivered = Pick<FetchResponse, "events" | "latestReplayId" | "pendingNumRequested">;

/** The stream to the client. */
export type DeliveryOutput = {
  /** False asks to wait for `resume` before the next message. */
  send(response: Delivered): boolean;
  /** Ends the call with status OK; `cause` is for the log. */
  end(cause: string): void;
  /** Ends the call with a failure. */
  fail(reason: unknown): void;
};

export type DeliveryOptions = {
  readonly keepaliveMs: number;
  readonly zeroCreditCloseMs: number;
  /** Starts a timer and returns how to stop it. */
  startTimer(delayMs: number, fire: () => void): () => void;
  /** Events in the next response at most. */
  batchSize(): number;
  /** What is left of the org's allocation of deliveries. */
  readonly allowance: { remaining(): number; onExhausted(listener: () => void): () => void };
  /** Told of every response with events, after it was sent. */
  onDelivered(count: number, topic: string): void;
};

/** The documented ceiling of outstanding credit on one stream; what goes beyond is dropped. */
export const maxCredit = 100;

/** Delivers the events of one topic at the pace that the client sets with its credit. */
export class EventDelivery {
  readonly #bus: EventBus;
  readonly #output: DeliveryOutput;
  readonly #options: DeliveryOptions;
  #state: DeliveryState = { kind: "new" };
  #isBlocked = false;
  #delivered = 0;
  #timer: { readonly kind: "keepalive" | "zero_credit"; readonly stop: () => void } | null = null;
  #stopListening: () => void = () => undefined;

  constructor(bus: EventBus, output: DeliveryOutput, options: DeliveryOptions) {
    this.#bus = bus;
    this.#output = output;
    this.#options = options;
  }

  get kind(): DeliveryState["kind"] {
    return this.#state.kind;
  }

  /** null before the first request and after the end. */
  get topic(): string | null {
    return this.#state.kind === "open" ? this.#state.topic : null;
  }

  get credit(): number {
    return this.#state.kind === "open" ? this.#state.credit : 0;
  }

  get delivered(): number {
    return this.#delivered;
  }

  get told(): Told | null {
    return this.#state.kind === "open" ? this.#state.told : null;
  }

  /**
   * Starts after a position of the bus.
   *
   * @throws {RpcFailure} subscription.limit.exceeded.
   */
  open(topic: string, start: Told, credit: number): void {
    const { allowance } = this.#options;
    if (allowance.remaining() === 0) throw limitExceeded();
    const { epoch } = this.#bus;
    const { position } = start;
    this.#state = { kind: "open", topic, epoch, position, told: start, credit: Math.min(maxCredit, credit) };
    const stopAppends = this.#bus.onAppend(() => {
      this.#continue();
    });
    const stopExhausted = allowance.onExhausted(() => {
      this.#fail(limitExceeded());
    });
    this.#stopListening = () => {
      stopAppends();
      stopExhausted();
    };
    this.#pump();
  }

  /** Credit beyond 100 is dropped. A request without any still shows that the client is there. */
  addCredit(count: number): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    state.credit = Math.min(maxCredit, state.credit + count);
    if (count === 0 && this.#timer?.kind === "zero_credit") this.#stopTimer();
    this.#pump();
  }

  /** The client reads again after `send` answered false. */
  resume(): void {
    this.#isBlocked = false;
    this.#continue();
  }

  /** Stops everything; safe to call twice. */
  close(): void {
    this.#state = { kind: "closed" };
    this.#stopTimer();
    this.#stopListening();
  }

  /** Pumps outside of a request, where nobody but this call may notice that the bus failed. */
  #continue(): void {
    try {
      this.#pump();
    } catch (reason) {
      this.#fail(reason);
    }
  }

  #fail(reason: unknown): void {
    if (this.#state.kind !== "open") return;
    this.close();
    this.#output.fail(reason);
  }

  #pump(): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    this.#requireSource(state.topic, state.epoch);
    let hasSent = false;
    while (state.credit > 0 && !this.#isBlocked) {
      const limit = Math.min(state.credit, this.#options.batchSize());
      const found = this.#bus.read(state.topic, state.position, limit);
      const allowed = takeBatch(found).slice(0, this.#options.allowance.remaining());
      const last = allowed.at(-1);
      if (last === undefined) {
        if (found.length > 0) throw limitExceeded();
        break;
      }
      hasSent = true;
      state.position = last.position;
      state.credit -= allowed.length;
      const events = allowed.map(({ eventId, schemaId, payload, replayId }) => ({
        event: { id: eventId, schemaId, payload },
        replayId,
      }));
      this.#send(events, last);
      // A fault may have ended the stream instead of sending.
      if (this.#state !== state) return;
      this.#delivered += allowed.length;
      this.#options.onDelivered(allowed.length, state.topic);
      if (this.#state !== state) return;
    }
    this.#setTimer(hasSent);
  }

  /** The topic may be gone since the metadata was read again, and the whole bus since a refresh. */
  #requireSource(topic: string, epoch: number): void {
    if (this.#bus.epoch !== epoch) {
      throw new RpcFailure("service.unavailable", "The event stream of this org was reset.");
    }
    if (this.#bus.topic(topic) !== undefined) return;
    throw new RpcFailure("topic.not.found", `The topic ${topic} was deleted.`);
  }

  #send(events: FetchResponse["events"], latest: Told): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    state.told = { position: latest.position, replayId: latest.replayId };
    const response = { events, latestReplayId: latest.replayId, pendingNumRequested: state.credit };
    this.#isBlocked = !this.#output.send(response);
  }

  /** A running keepalive timer goes on unless something was sent: other topics' traffic is no sign of life. */
  #setTimer(hasSent: boolean): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    const kind = state.credit > 0 ? "keepalive" : "zero_credit";
    if (this.#timer?.kind === kind && !hasSent) return;
    this.#stopTimer();
    const { keepaliveMs, zeroCreditCloseMs } = this.#options;
    const stop =
      kind === "keepalive"
        ? this.#options.startTimer(keepaliveMs, () => {
            this.#keepAlive();
          })
        : this.#options.startTimer(zeroCreditCloseMs, () => {
            this.close();
            this.#output.end("no credit");
          });
    this.#timer = { kind, stop };
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  #keepAlive(): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    this.#timer = null;
    try {
      this.#requireSource(state.topic, state.epoch);
    } catch (reason) {
      this.#fail(reason);
      return;
    }
    if (!this.#isBlocked) {
      // What is retained on the topic was sent by the last pump, so the newest id of the bus skips nothing.
      const latest = this.#bus.latest();
      state.position = Math.max(state.position, latest.position);
      this.#send([], latest);
    }
    this.#setTimer(false);
  }
}

function limitExceeded(): RpcFailure {
  return new RpcFailure(
    "subscription.limit.exceeded",
    "The delivery limit of your org for events within 24 hours is exceeded.",
  );
}
