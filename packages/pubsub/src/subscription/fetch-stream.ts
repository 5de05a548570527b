import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { Timing } from "../system-defaults.ts";
import type { SubscribeCall } from "../wire/connection.ts";
import type { FetchRequest } from "../wire/fetch-request.ts";
import type { FetchResponse } from "../wire/fetch-response.ts";
import { toRpcFailure } from "../wire/rpc-failure.ts";
import { decideCredit, readCapacity } from "./credit.ts";
import type { Capacity } from "./stream-item.ts";

/** How often a capacity that may change, standing credit and silence are looked at. */
const TICK_MS = 500;

/** A refusal arrives within a round trip; a stream that is silent for this long was taken. */
const TAKEN_AFTER_MS = 1_000;

/** After this long without a grant nothing of ours is on its way, and the server's own count is the truth. */
const SETTLED_AFTER_MS = 10_000;

/** A tick that comes later than this says that the process stood still, not the server. */
const LATE_TICK_MS = 5_000;

export type FetchStreamOptions = {
  readonly topic: string;
  /** The first request, which fixes the position; its credit is added here. */
  readonly start: Omit<FetchRequest, "numRequested" | "topicName">;
  readonly capacity: Capacity;
  /** Events received and not yet dealt with. */
  readonly held: () => number;
  readonly watchdogMs: number;
  readonly timing: Timing;
  /** Whether the transport is up. */
  readonly isConnected: () => boolean;
  /** Takes a response; how many events it holds counts into `held` from then on. */
  readonly onResponse: (response: FetchResponse, atMs: number) => void;
  /** Told once, when the server took the stream. */
  readonly onTaken: () => void;
  /** Closes the stream. */
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
};

/**
 * Why a stream is over.
 * - `ended`   by the server, by the network or by the watchdog; `error` is null for a status OK.
 * - `paused`  closed on purpose, since the consumer has had no room for long.
 * - `closed`  by us, for good.
 */
export type StreamEnd =
  | { readonly kind: "ended"; readonly error: PubSubError | null }
  | { readonly kind: "paused" }
  | { readonly kind: "closed" };

/**
 * One Subscribe call:
 * - opened   the constructor sends the first request.
 * - taken    the server has answered, or has kept the stream for a second.
 * - over     by the server, the watchdog, a long pause or `close`; `over` tells which.
 */
export class FetchStream {
  readonly over: Promise<StreamEnd>;
  readonly #call: SubscribeCall;
  readonly #options: FetchStreamOptions;
  readonly #closing = new AbortController();
  readonly #openedAtMs: number;
  readonly #settle: (end: StreamEnd) => void;
  #outstanding = 0;
  #heardAtMs: number;
  #grantedAtMs: number;
  /** When credit last went from none to some, or from some to none. */
  #creditChangedAtMs: number;
  #isTaken = false;
  #eventsReceived = 0;

  constructor(call: SubscribeCall, options: FetchStreamOptions) {
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    this.over = promise;
    this.#settle = resolve;
    this.#call = call;
    this.#options = options;
    this.#openedAtMs = options.timing.clock();
    this.#heardAtMs = this.#openedAtMs;
    this.#grantedAtMs = this.#openedAtMs;
    this.#creditChangedAtMs = this.#openedAtMs;
    call.on("metadata", () => {
      this.#markTaken();
    });
    call.on("data", (response: FetchResponse) => {
      this.#guard(() => {
        this.#receive(response);
      });
    });
    call.on("end", () => {
      this.#finish({ kind: "ended", error: null });
    });
    call.on("error", (error) => {
      this.#finish({ kind: "ended", error: toRpcFailure(error, "Subscribe", options.topic) });
    });
    const close = (): void => {
      this.close();
    };
    options.signal.addEventListener("abort", close, { once: true, signal: this.#closing.signal });
    this.#guard(() => {
      this.#grant(options.start, null);
    });
    void this.#tick();
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  get eventsReceived(): number {
    return this.#eventsReceived;
  }

  /** From the opening to the last response. */
  get heardForMs(): number {
    return this.#heardAtMs - this.#openedAtMs;
  }

  /** Looks at the credit anew, since the consumer has made room. */
  topUp(): void {
    if (!this.#closing.signal.aborted) {
      this.#guard(() => {
        this.#grant({}, this.#options.timing.clock() - this.#creditChangedAtMs);
      });
    }
  }

  /** Cancels the call; safe to repeat. */
  close(): void {
    this.#abandon({ kind: "closed" });
  }

  #receive(response: FetchResponse): void {
    if (this.#closing.signal.aborted) return;
    this.#markTaken();
    const { topic, timing, emit, onResponse } = this.#options;
    const atMs = timing.clock();
    this.#heardAtMs = atMs;
    const count = response.events.length;
    if (count > 0) {
      this.#eventsReceived += count;
      this.#setOutstanding(Math.max(0, this.#outstanding - count), atMs);
    }
    if (atMs - this.#grantedAtMs >= SETTLED_AFTER_MS && response.pendingNumRequested < this.#outstanding) {
      this.#setOutstanding(response.pendingNumRequested, atMs);
    }
    onResponse(response, atMs);
    if (count === 0) emit({ name: "subscription:keepalive:received", topic });
    else emit({ name: "subscription:events:received", topic, count, outstanding: this.#outstanding });
    this.#grant({}, atMs - this.#creditChangedAtMs);
  }

  #grant(start: Partial<FetchRequest>, withoutCreditMs: number | null): void {
    const { topic, capacity, held, timing, emit } = this.#options;
    const decision = decideCredit({
      outstanding: this.#outstanding,
      held: held(),
      capacity: readCapacity(capacity),
      withoutCreditMs,
    });
    if (decision.kind === "keep") return;
    if (decision.kind === "close") {
      this.#abandon({ kind: "paused" });
      return;
    }
    const { count } = decision;
    this.#grantedAtMs = timing.clock();
    this.#setOutstanding(this.#outstanding + count, this.#grantedAtMs);
    this.#call.write({ ...start, topicName: topic, numRequested: count });
    emit({ name: "subscription:credit:granted", topic, count, outstanding: this.#outstanding });
  }

  #setOutstanding(outstanding: number, atMs: number): void {
    if ((outstanding === 0) !== (this.#outstanding === 0)) this.#creditChangedAtMs = atMs;
    this.#outstanding = outstanding;
  }

  async #tick(): Promise<void> {
    const { timing } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const dueMs = timing.clock() + TICK_MS;
      try {
        await timing.sleep(TICK_MS, signal);
      } catch (error) {
        // How a sleep ends early is its own affair; that it failed for another reason is not.
        if (!signal.aborted) this.#fail(error);
        return;
      }
      if (signal.aborted) return;
      this.#guard(() => {
        // What came meanwhile is read after this tick: the next one judges.
        if (timing.clock() - dueMs < LATE_TICK_MS) this.#watch();
      });
      this.topUp();
    }
  }

  #watch(): void {
    const { topic, timing, watchdogMs, isConnected, emit } = this.#options;
    const nowMs = timing.clock();
    if (nowMs - this.#openedAtMs >= TAKEN_AFTER_MS && isConnected()) this.#markTaken();
    // Without credit the server owes nothing, not even a keepalive.
    const silentMs = nowMs - Math.max(this.#heardAtMs, this.#creditChangedAtMs);
    if (this.#outstanding === 0 || silentMs < watchdogMs) return;
    emit({ name: "subscription:stream:silent", topic, silentMs });
    const hint = this.#isTaken
      ? ""
      : " A firewall may be in the way: port 443 is blocked less often than 7443.";
    const seconds = Math.round(silentMs / 1000);
    const detail = `neither event nor keepalive for ${seconds} s; the connection is taken for dead.${hint}`;
    this.#abandon({ kind: "ended", error: new PubSubError("stream_silent", topic, detail) });
  }

  #markTaken(): void {
    if (this.#isTaken || this.#closing.signal.aborted) return;
    this.#isTaken = true;
    this.#options.onTaken();
  }

  /** What the caller's own functions throw ends the stream, and not the process. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#abandon({ kind: "ended", error: PubSubError.from(error, this.#options.topic) });
  }

  #abandon(end: StreamEnd): void {
    this.#finish(end);
    this.#call.cancel();
  }

  #finish(end: StreamEnd): void {
    if (this.#closing.signal.aborted) return;
    this.#settle(end);
    this.#closing.abort();
  }
}
