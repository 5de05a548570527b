import type { Session, TokenSource } from "../auth/session.ts";
import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import { untilAborted } from "../single-flight.ts";
import type { Timing } from "../system-defaults.ts";
import type { Connection, PublishCall } from "../wire/connection.ts";
import type { ProducerEvent, PublishAnswer } from "../wire/publish.ts";
import { toRpcFailure } from "../wire/rpc-failure.ts";

/** The service sweeps a stream without a publish after 70 s (its documents also say 1,800 s). */
const QUIET_MS = 50_000;

/** A request that is not answered by then was lost on the way. */
const ANSWER_MS = 30_000;

const TICK_MS = 1_000;

type Pending = {
  readonly sentAtMs: number;
  readonly resolve: (answer: PublishAnswer) => void;
  readonly reject: (error: PubSubError) => void;
};

type OpenCall = {
  readonly call: PublishCall;
  readonly session: Session;
  readonly connection: unknown;
  /** Aborts when the call is over. */
  readonly over: AbortController;
  /** Requests without an answer; answers come in their order. */
  readonly pending: Pending[];
};

export type PublishStreamDeps = {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly timing: Timing;
  readonly emit: (event: ClientEvent) => void;
};

/**
 * One PublishStream call at a time:
 * - idle     no call; the next request opens one.
 * - open     requests are written as they come, and answered in their order.
 * - closed   for good.
 *
 * The service knows no empty publish that could keep a quiet stream: it is closed before it would be swept, and the
 * next request opens another one, at the price of a round trip.
 */
export class PublishStreamCall {
  readonly #topic: string;
  readonly #deps: PublishStreamDeps;
  readonly #signal: AbortSignal;
  #open: OpenCall | undefined;
  #opening: Promise<OpenCall> | undefined;
  #usedAtMs = 0;

  constructor(topic: string, deps: PublishStreamDeps, signal: AbortSignal) {
    this.#topic = topic;
    this.#deps = deps;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#finish(this.#open, this.#closedError()), { once: true });
  }

  /** @throws {PubSubError} why there is no answer; then the events may or may not be published. */
  async send(events: readonly ProducerEvent[]): Promise<PublishAnswer> {
    const open = await this.#ensureOpen();
    const { promise, resolve, reject } = Promise.withResolvers<PublishAnswer>();
    this.#usedAtMs = this.#deps.timing.clock();
    open.pending.push({ sentAtMs: this.#usedAtMs, resolve, reject });
    open.call.write({ topicName: this.#topic, events });
    return promise;
  }

  /** Resolves when what was sent is answered, and the stream is closed. */
  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    const over = new Promise<void>((resolve) => {
      open.over.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    open.call.end();
    if (!open.over.signal.aborted) await over;
  }

  async #ensureOpen(): Promise<OpenCall> {
    if (this.#signal.aborted) throw this.#closedError();
    if (this.#open !== undefined) return this.#open;
    this.#opening ??= this.#dial().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #dial(): Promise<OpenCall> {
    const { auth, connection, emit } = this.#deps;
    const session = await untilAborted(auth.get(this.#signal), this.#signal);
    const open: OpenCall = {
      call: connection.publishStream(session),
      session,
      connection: connection.current,
      over: new AbortController(),
      pending: [],
    };
    const { call } = open;
    call.on("data", (answer: PublishAnswer) => open.pending.shift()?.resolve(answer));
    call.on("end", () => this.#finish(open, null));
    call.on("error", (error) => this.#finish(open, toRpcFailure(error, "PublishStream", this.#topic)));
    this.#open = open;
    this.#usedAtMs = this.#deps.timing.clock();
    void this.#watch(open);
    emit({ name: "publish:stream:opened", topic: this.#topic });
    return open;
  }

  async #watch(open: OpenCall): Promise<void> {
    const { timing } = this.#deps;
    const { signal } = open.over;
    while (!signal.aborted) {
      try {
        await timing.sleep(TICK_MS, signal);
      } catch {
        // A sleep ends early when the call is over; any other way would end the watch, so the call ends with it.
        this.#finish(open, null);
      }
      if (signal.aborted) return;
      const nowMs = timing.clock();
      const [oldest] = open.pending;
      if (oldest !== undefined && nowMs - oldest.sentAtMs >= ANSWER_MS) {
        const detail = `a publish got no answer within ${ANSWER_MS / 1000} s; the connection is taken for dead.`;
        this.#finish(open, new PubSubError("stream_silent", this.#topic, detail));
        this.#deps.connection.renew(open.connection);
      } else if (oldest === undefined && nowMs - this.#usedAtMs >= QUIET_MS + ANSWER_MS) {
        this.#finish(open, null);
      } else if (oldest === undefined && nowMs - this.#usedAtMs >= QUIET_MS && this.#open === open) {
        this.#open = undefined;
        open.call.end();
      }
    }
  }

  #finish(open: OpenCall | undefined, error: PubSubError | null): void {
    if (open === undefined || open.over.signal.aborted) return;
    if (this.#open === open) this.#open = undefined;
    open.over.abort();
    if (error?.code === "session_rejected") this.#deps.auth.invalidate(open.session);
    const lost = error ?? new PubSubError("stream_ended", this.#topic, "the stream ended before the answer.");
    for (const { reject } of open.pending.splice(0)) reject(lost);
    open.call.cancel();
    this.#deps.emit({ name: "publish:stream:ended", topic: this.#topic, error });
  }

  #closedError(): PubSubError {
    return new PubSubError("client_closed", this.#topic, "the publish stream was closed. Open another one.");
  }
}
