import type { Session, TokenSource } from "../auth/session.ts";
import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import { untilAborted } from "../single-flight.ts";
import type { Timing } from "../system-defaults.ts";
import type { Connection, PublishCall } from "../wire/connection.ts";
import type { ProducerEvent, PublishAnswer } from "../wire/publish.ts";
import { toRpcFailure } from "../wire/rpc-failure.ts";
import { isRefusal } from "./publish-result.ts";
import type { RequestOutcome } from "./publish-result.ts";

/** The service sweeps a stream without a publish after 70 s (its documents also say 1,800 s). */
const QUIET_MS = 50_000;

/** A stream that says nothing for this long while it owes an answer is dead. */
const ANSWER_MS = 30_000;

const TICK_MS = 1_000;

/** A tick that comes later than this says that the process stood still, not the server. */
const LATE_TICK_MS = 5_000;

type Request = {
  readonly events: readonly ProducerEvent[];
  readonly settle: (outcome: RequestOutcome) => void;
  sentAtMs: number;
  /** It was on a stream that was refused for its session. */
  isRepeated: boolean;
};

type OpenCall = {
  readonly call: PublishCall;
  readonly session: Session;
  readonly connection: unknown;
  /** Aborts when the call is over. */
  readonly over: AbortController;
  /** Requests without an answer; answers come in their order. */
  readonly pending: Request[];
  /** Once it answered, the service may have taken what it did not answer. */
  hasAnswered: boolean;
  heardAtMs: number;
  /** When we ended it, to wait for the service to do the same. */
  endedAtMs: number | undefined;
};

export type PublishStreamDeps = {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly timing: Timing;
  readonly emit: (event: ClientEvent) => void;
};

/**
 * One PublishStream call at a time:
 * - idle        no call; the next request opens one.
 * - connecting  requests wait for a session, in their order.
 * - open        requests are written as they come, and answered in their order.
 * - closed      for good.
 *
 * The service knows no empty publish that could keep a quiet stream: it is closed before it would be swept, and the
 * next request opens another one, at the price of a round trip.
 */
export class PublishStreamCall {
  readonly #topic: string;
  readonly #deps: PublishStreamDeps;
  readonly #signal: AbortSignal;
  readonly #waiting: Request[] = [];
  #isConnecting = false;
  #open: OpenCall | undefined;
  #usedAtMs = 0;

  constructor(topic: string, deps: PublishStreamDeps, signal: AbortSignal) {
    this.#topic = topic;
    this.#deps = deps;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#finish(this.#open, null), { once: true });
  }

  /** Requests go out in the order of the calls. Never rejects. */
  async send(events: readonly ProducerEvent[]): Promise<RequestOutcome> {
    if (this.#signal.aborted) return { kind: "failed", error: this.#closedError(), mayBePublished: false };
    const { promise, resolve } = Promise.withResolvers<RequestOutcome>();
    const request = { events, settle: resolve, sentAtMs: 0, isRepeated: false };
    if (this.#open === undefined) {
      this.#waiting.push(request);
      void this.#connect();
    } else this.#write(this.#open, request);
    return promise;
  }

  /** Ends the stream and resolves when the service did the same. Nothing may be sent any more. */
  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    const over = new Promise<void>((resolve) => {
      open.over.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#end(open);
    if (!open.over.signal.aborted) await over;
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    try {
      const session = await untilAborted(this.#deps.auth.get(this.#signal), this.#signal);
      const open = this.#dial(session);
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#write(open, next);
      }
    } catch (reason) {
      const error = this.#signal.aborted ? this.#closedError() : PubSubError.from(reason, this.#topic);
      for (const { settle } of this.#waiting.splice(0)) {
        settle({ kind: "failed", error, mayBePublished: false });
      }
    } finally {
      this.#isConnecting = false;
    }
  }

  #dial(session: Session): OpenCall {
    const { connection, emit, timing } = this.#deps;
    const open: OpenCall = {
      call: connection.publishStream(session),
      session,
      connection: connection.current,
      over: new AbortController(),
      pending: [],
      hasAnswered: false,
      heardAtMs: timing.clock(),
      endedAtMs: undefined,
    };
    const { call } = open;
    call.on("data", (answer: PublishAnswer) => this.#receive(open, answer));
    call.on("end", () => this.#finish(open, null));
    call.on("error", (error) => this.#finish(open, toRpcFailure(error, "PublishStream", this.#topic)));
    this.#open = open;
    void this.#watch(open);
    emit({ name: "publish:stream:opened", topic: this.#topic });
    return open;
  }

  #write(open: OpenCall, request: Request): void {
    request.sentAtMs = this.#deps.timing.clock();
    this.#usedAtMs = request.sentAtMs;
    open.pending.push(request);
    open.call.write({ topicName: this.#topic, events: request.events });
  }

  #receive(open: OpenCall, answer: PublishAnswer): void {
    open.hasAnswered = true;
    open.heardAtMs = this.#deps.timing.clock();
    open.pending.shift()?.settle({ kind: "answered", answer });
  }

  async #watch(open: OpenCall): Promise<void> {
    const { timing } = this.#deps;
    const { signal } = open.over;
    while (!signal.aborted) {
      const dueMs = timing.clock() + TICK_MS;
      try {
        await timing.sleep(TICK_MS, signal);
      } catch (reason) {
        // A sleep ends early when the call is over; any other way would end the watch, so the call ends with it.
        this.#finish(open, PubSubError.from(reason, this.#topic));
      }
      if (signal.aborted) return;
      // What came meanwhile is read after this tick: the next one judges.
      if (timing.clock() - dueMs < LATE_TICK_MS) this.#look(open, timing.clock());
    }
  }

  #look(open: OpenCall, nowMs: number): void {
    const [oldest] = open.pending;
    if (oldest !== undefined) {
      // Behind a long queue an answer may take its time, as long as others come.
      if (nowMs - Math.max(oldest.sentAtMs, open.heardAtMs) < ANSWER_MS) return;
      const detail = `a publish got no answer within ${ANSWER_MS / 1000} s; the connection is taken for dead.`;
      this.#finish(open, new PubSubError("stream_silent", this.#topic, detail));
      this.#deps.connection.renew(open.connection);
    } else if (open.endedAtMs !== undefined) {
      if (nowMs - open.endedAtMs >= ANSWER_MS) this.#finish(open, null);
    } else if (nowMs - this.#usedAtMs >= QUIET_MS) this.#end(open);
  }

  #end(open: OpenCall): void {
    if (open.endedAtMs !== undefined) return;
    open.endedAtMs = this.#deps.timing.clock();
    if (this.#open === open) this.#open = undefined;
    open.call.end();
  }

  #finish(open: OpenCall | undefined, ended: PubSubError | null): void {
    if (open === undefined || open.over.signal.aborted) return;
    if (this.#open === open) this.#open = undefined;
    open.over.abort();
    const isOurs = this.#signal.aborted || (open.endedAtMs !== undefined && open.pending.length === 0);
    const detail = "the service ended the stream, which is opened again by the next publish.";
    const error = isOurs ? null : (ended ?? new PubSubError("stream_ended", this.#topic, detail));
    const isRefused = error !== null && isRefusal(error) && !open.hasAnswered;
    if (error?.code === "session_rejected") this.#deps.auth.invalidate(open.session);
    const again: Request[] = [];
    for (const request of open.pending.splice(0)) {
      if (isRefused && error.code === "session_rejected" && !request.isRepeated) {
        request.isRepeated = true;
        again.push(request);
      } else {
        request.settle({ kind: "failed", error: error ?? this.#closedError(), mayBePublished: !isRefused });
      }
    }
    open.call.cancel();
    this.#deps.emit({ name: "publish:stream:ended", topic: this.#topic, error });
    if (again.length === 0) return;
    // A refused session had no effect: what was on the stream goes out once more, before anything newer.
    this.#waiting.unshift(...again);
    void this.#connect();
  }

  #closedError(): PubSubError {
    const detail = "the publish stream was closed. Open another one.";
    return new PubSubError("client_closed", this.#topic, detail);
  }
}
