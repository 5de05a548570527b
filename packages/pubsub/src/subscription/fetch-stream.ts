import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { Timing } from "../system-defaults.ts";
import type { SubscribeCall } from "../wire/connection.ts";
import type { FetchRequest, FetchResponse } from "../wire/messages.ts";
import { toRpcFailure } from "../wire/rpc-failure.ts";
import { creditToRequest } from "./credit.ts";

/** How often capacity, standing credit and silence are looked at. */
const TICK_MS = 500;

/** A refusal arrives within a round trip; a stream that is silent for this long was taken. */
const TAKEN_AFTER_MS = 1_000;

export type FetchStreamOptions = {
  readonly topic: string;
  /** The first request, which fixes the position; its credit is added here. */
  readonly start: Omit<FetchRequest, "numRequested" | "topicName">;
  readonly capacity: () => number;
  readonly watchdogMs: number;
  readonly timing: Timing;
  /** Whether the transport is up. */
  readonly isConnected: () => boolean;
  /** Closes the stream. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ClientEvent) => void;
};

export type Received = { readonly response: FetchResponse; readonly atMs: number };

/** `error` is null when the server ended the stream with status OK. */
export type StreamEnd = { readonly kind: "end"; readonly error: PubSubError | null };
export type Taken = ({ readonly kind: "response" } & Received) | StreamEnd;

/**
 * One Subscribe call:
 * - opened     the constructor sends the first request.
 * - flowing    responses wait in `#queue` until taken; credit bounds them to 100 events and one keepalive.
 * - ended      by the server, by the watchdog or by `close`; what waits can still be taken, then comes the end.
 */
export class FetchStream {
  readonly #call: SubscribeCall;
  readonly #options: FetchStreamOptions;
  readonly #queue: Received[] = [];
  readonly #closing = new AbortController();
  readonly #openedAtMs: number;
  #end: StreamEnd | undefined;
  #wake: () => void = () => undefined;
  #outstanding = 0;
  #queued = 0;
  #inHand = 0;
  #heardAtMs: number;
  #creditChangedAtMs: number;
  #isTaken = false;
  #eventsReceived = 0;

  constructor(call: SubscribeCall, options: FetchStreamOptions) {
    this.#call = call;
    this.#options = options;
    this.#openedAtMs = options.timing.clock();
    this.#heardAtMs = this.#openedAtMs;
    this.#creditChangedAtMs = this.#openedAtMs;
    call.on("metadata", () => {
      this.#markTaken();
    });
    call.on("data", (response: FetchResponse) => {
      try {
        this.#receive(response);
      } catch (error) {
        this.#abandon(PubSubError.from(error, options.topic));
      }
    });
    call.on("end", () => {
      this.#finish(null);
    });
    call.on("error", (error) => {
      this.#finish(toRpcFailure(error, "Subscribe", options.topic));
    });
    options.signal.addEventListener(
      "abort",
      () => {
        this.close();
      },
      { once: true, signal: this.#closing.signal },
    );
    this.#request(options.start, null);
    void this.#tick();
  }

  get eventsReceived(): number {
    return this.#eventsReceived;
  }

  /** From the opening to the last response. */
  get heardForMs(): number {
    return this.#heardAtMs - this.#openedAtMs;
  }

  /** The oldest response that waits, or the next to come, or how the stream ended. For one caller at a time. */
  async take(): Promise<Taken> {
    this.#inHand = 0;
    this.#topUp();
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) {
        this.#inHand = next.response.events.length;
        this.#queued -= this.#inHand;
        return { kind: "response", ...next };
      }
      if (this.#end !== undefined) return this.#end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Cancels the call; safe to repeat. */
  close(): void {
    this.#abandon(null);
  }

  #receive(response: FetchResponse): void {
    if (this.#end !== undefined) return;
    this.#markTaken();
    const { topic, timing, onEvent } = this.#options;
    const atMs = timing.clock();
    this.#heardAtMs = atMs;
    const count = response.events.length;
    if (count > 0 || response.latestReplayId.length > 0) {
      // A later position takes the place of a keepalive that nobody took yet.
      if (this.#queue.at(-1)?.response.events.length === 0) this.#queue.pop();
      this.#queue.push({ response, atMs });
    }
    if (count === 0) onEvent({ kind: "keepalive", topic });
    else {
      this.#eventsReceived += count;
      this.#queued += count;
      this.#outstanding = Math.max(0, this.#outstanding - count);
      if (this.#outstanding === 0) this.#creditChangedAtMs = atMs;
      onEvent({ kind: "received", topic, count, outstanding: this.#outstanding });
    }
    this.#topUp();
    this.#wake();
  }

  #topUp(): void {
    if (this.#end === undefined) this.#request({}, this.#options.timing.clock() - this.#creditChangedAtMs);
  }

  #request(start: Partial<FetchRequest>, withoutCreditMs: number | null): void {
    const { topic, capacity, timing, onEvent } = this.#options;
    const count = creditToRequest({
      outstanding: this.#outstanding,
      queued: this.#queued,
      inHand: this.#inHand,
      capacity: capacity(),
      withoutCreditMs,
    });
    if (count === 0) return;
    if (this.#outstanding === 0) this.#creditChangedAtMs = timing.clock();
    this.#outstanding += count;
    this.#call.write({ ...start, topicName: topic, numRequested: count });
    onEvent({ kind: "requested", topic, count, outstanding: this.#outstanding });
  }

  async #tick(): Promise<void> {
    const { timing } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await timing.sleep(TICK_MS, signal);
        if (signal.aborted) return;
        this.#watch();
        this.#topUp();
      } catch (error) {
        if (!signal.aborted) this.#abandon(PubSubError.from(error, this.#options.topic));
      }
    }
  }

  #watch(): void {
    const { topic, timing, watchdogMs, isConnected, onEvent } = this.#options;
    const nowMs = timing.clock();
    if (nowMs - this.#openedAtMs >= TAKEN_AFTER_MS && isConnected()) this.#markTaken();
    // Without credit the server owes nothing, not even a keepalive.
    const silentMs = nowMs - Math.max(this.#heardAtMs, this.#creditChangedAtMs);
    if (this.#outstanding === 0 || silentMs < watchdogMs) return;
    onEvent({ kind: "watchdog_fired", topic, silentMs });
    const detail = `neither event nor keepalive for ${Math.round(silentMs / 1000)} s; the connection is taken for dead.`;
    this.#abandon(new PubSubError("stream_silent", topic, detail));
  }

  #markTaken(): void {
    if (this.#isTaken || this.#end !== undefined) return;
    this.#isTaken = true;
    this.#options.onEvent({ kind: "connected", topic: this.#options.topic });
  }

  #abandon(error: PubSubError | null): void {
    this.#finish(error);
    this.#call.cancel();
  }

  #finish(error: PubSubError | null): void {
    if (this.#end !== undefined) return;
    this.#end = { kind: "end", error };
    this.#closing.abort();
    this.#wake();
  }
}
