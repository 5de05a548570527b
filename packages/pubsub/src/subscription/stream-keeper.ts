import type { Session, TokenSource } from "../auth/session.ts";
import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import { untilAborted } from "../single-flight.ts";
import type { Timing } from "../system-defaults.ts";
import type { Connection } from "../wire/connection.ts";
import { needsPerson, troubleOf } from "./alarm.ts";
import { readCapacity } from "./credit.ts";
import type { DeliveryQueue } from "./delivery-queue.ts";
import { FetchStream } from "./fetch-stream.ts";
import type { StreamEnd } from "./fetch-stream.ts";
import { STABLE_AFTER_MS, firstAttempt, nextAttempt } from "./next-attempt.ts";
import type { AttemptOutcome } from "./next-attempt.ts";
import type { RetryBell } from "./retry-bell.ts";
import { startOf } from "./start-position.ts";
import type { Capacity, StartPosition, SubscribeOptions } from "./stream-item.ts";

/** What the bus keeps, and the part of it after which a subscription that is down says so. */
const RETENTION_MS = 72 * 3_600_000;
const AGEING_AFTER_MS = 48 * 3_600_000;

const POLL_MS = 500;

/** A start at `latest` that has no position yet loses what is published while it reconnects: rather too late. */
const UNANCHORED_WATCHDOG_MS = 300_000;

export type StreamKeeperDeps = {
  readonly topic: string;
  readonly capacity: Capacity;
  readonly whenPositionRejected: NonNullable<SubscribeOptions["whenPositionRejected"]>;
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly timing: Timing;
  readonly watchdogMs: number;
  readonly queue: DeliveryQueue;
  readonly retryBell: RetryBell;
  readonly emit: (event: ClientEvent) => void;
};

/**
 * Keeps one stream open for as long as a subscription lives:
 * - opening   signing in and asking for the stream.
 * - open      responses go to the queue, and each moves the position on.
 * - down      the stream ended; the next attempt follows after a delay, at the position of what came last.
 * - paused    closed on purpose, until the consumer has room.
 * - over      the signal aborted, or the position was refused and the consumer wants to know rather than go on.
 */
export class StreamKeeper {
  readonly #deps: StreamKeeperDeps;
  #position: StartPosition;
  #movedAtMs: number;
  #hasToldAge = false;
  #attempts = firstAttempt;
  #downSinceMs: number | undefined;
  #openedAtMs = 0;
  #trouble: string | undefined;
  #stream: FetchStream | undefined;

  constructor(position: StartPosition, deps: StreamKeeperDeps) {
    this.#deps = deps;
    this.#position = position;
    this.#movedAtMs = deps.timing.clock();
  }

  /** Looks at the credit anew, since the consumer has made room. */
  topUp(): void {
    this.#stream?.topUp();
  }

  /** Resolves when the signal aborts, or after it has failed the queue. */
  async run(signal: AbortSignal): Promise<void> {
    const { topic, emit, timing } = this.#deps;
    while (!signal.aborted) {
      const { end, outcome } = await this.#attempt(signal);
      if (signal.aborted || end.kind === "closed") return;
      if (end.kind === "paused") {
        await this.#waitForRoom(signal);
        continue;
      }
      emit({ name: "subscription:stream:ended", topic, error: outcome.error });
      this.#downSinceMs ??= timing.clock();
      const next = nextAttempt(this.#attempts, outcome, timing.random(), topic);
      this.#attempts = next.state;
      if (next.step.kind === "now") continue;
      const { delayMs, error } = next.step;
      this.#alarm(error);
      if (next.step.kind === "reposition" && this.#deps.whenPositionRejected === "throw") {
        this.#deps.queue.fail(error);
        return;
      }
      await this.#backOff(delayMs, error, signal);
      if (signal.aborted) return;
      if (next.step.kind === "reposition") this.#reposition(error);
    }
  }

  /** One stream, from sign-in to its end. */
  async #attempt(
    signal: AbortSignal,
  ): Promise<{ readonly end: StreamEnd; readonly outcome: AttemptOutcome }> {
    const { topic, connection, auth } = this.#deps;
    const hadPosition = this.#position.kind === "after";
    let stream: FetchStream | undefined;
    let end: StreamEnd;
    try {
      const session = await untilAborted(auth.get(signal), signal);
      const used = connection.current;
      stream = this.#open(session, signal);
      this.#stream = stream;
      end = await stream.over;
      if (end.kind === "ended" && end.error?.code === "session_rejected") auth.invalidate(session);
      if (end.kind === "ended" && end.error?.code === "stream_silent") connection.renew(used);
    } catch (error) {
      end = { kind: "ended", error: PubSubError.from(error, topic) };
    } finally {
      this.#stream = undefined;
    }
    const error = end.kind === "ended" ? end.error : null;
    if (end.kind === "ended" && stream?.isTaken === true) this.#tellIfUnanchored(error);
    const hasEvents = stream !== undefined && stream.eventsReceived > 0;
    const wasStable = stream !== undefined && stream.heardForMs > STABLE_AFTER_MS;
    return { end, outcome: { error, progressed: hasEvents || wasStable, hadPosition } };
  }

  #open(session: Session, signal: AbortSignal): FetchStream {
    const { topic, connection, capacity, queue, timing, emit } = this.#deps;
    const isUnanchored = this.#position.kind === "latest";
    const watchdogMs = isUnanchored
      ? Math.max(this.#deps.watchdogMs, UNANCHORED_WATCHDOG_MS)
      : this.#deps.watchdogMs;
    return new FetchStream(connection.subscribe(session), {
      topic,
      start: startOf(this.#position),
      capacity,
      held: () => queue.held,
      watchdogMs,
      timing,
      isConnected: () => connection.isUp,
      onResponse: (response, atMs) => {
        this.#markAnswered();
        const position = queue.push(response, atMs);
        if (position !== undefined) this.#moveTo(position, atMs);
      },
      onTaken: () => {
        this.#markOpen();
      },
      signal,
      emit,
    });
  }

  #moveTo(replayId: Uint8Array, atMs: number): void {
    this.#position = { kind: "after", replayId };
    this.#movedAtMs = atMs;
    this.#hasToldAge = false;
  }

  #markOpen(): void {
    this.#openedAtMs = this.#deps.timing.clock();
    this.#deps.emit({ name: "subscription:stream:opened", topic: this.#deps.topic });
  }

  /**
   * Trouble is over once the server has answered: a stream that it merely keeps may still be refused by a server that
   * takes seconds for it.
   */
  #markAnswered(): void {
    const { topic, emit } = this.#deps;
    if (this.#downSinceMs !== undefined) {
      const downMs = this.#openedAtMs - this.#downSinceMs;
      this.#downSinceMs = undefined;
      emit({ name: "subscription:stream:recovered", topic, downMs, attempts: this.#attempts.failures });
    }
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    emit({ name: "subscription:alarm:cleared", topic });
  }

  /** Once for each trouble, not once for each attempt. */
  #alarm(error: PubSubError): void {
    const trouble = troubleOf(error);
    if (trouble === this.#trouble || !needsPerson(error, this.#attempts)) return;
    this.#trouble = trouble;
    this.#deps.emit({ name: "subscription:alarm:raised", topic: this.#deps.topic, error });
  }

  async #backOff(delayMs: number, error: PubSubError, signal: AbortSignal): Promise<void> {
    const { topic, emit, retryBell } = this.#deps;
    this.#tellAge();
    if (delayMs === 0) return;
    const attempt = this.#attempts.failures;
    emit({ name: "subscription:retry:scheduled", topic, delayMs, attempt, error });
    await this.#sleep(delayMs, AbortSignal.any([signal, retryBell.next]));
  }

  async #waitForRoom(signal: AbortSignal): Promise<void> {
    const { topic, queue, capacity, timing, emit } = this.#deps;
    const sinceMs = timing.clock();
    emit({ name: "subscription:stream:paused", topic, waiting: queue.held });
    while (!signal.aborted && readCapacity(capacity) <= queue.held) {
      await this.#sleep(POLL_MS, signal);
      this.#tellAge();
    }
    emit({ name: "subscription:stream:resumed", topic, pausedMs: timing.clock() - sinceMs });
  }

  #reposition(error: PubSubError): void {
    const { topic, queue, emit, whenPositionRejected } = this.#deps;
    const rejected = this.#position.kind === "after" ? this.#position.replayId : null;
    const restartedAt = whenPositionRejected === "latest" ? "latest" : "earliest";
    this.#position = { kind: restartedAt };
    emit({ name: "subscription:position:rejected", topic, error, restartedAt });
    queue.pushItem({ kind: "discontinuity", rejected, restartedAt, error });
  }

  #tellIfUnanchored(reason: PubSubError | null): void {
    if (this.#position.kind !== "latest") return;
    const { topic, queue, emit } = this.#deps;
    const detail = "the stream ended before it had a position: what is published until it is back is missed.";
    const error = new PubSubError("stream_ended", topic, detail, { cause: reason ?? undefined });
    emit({ name: "subscription:position:rejected", topic, error, restartedAt: "latest" });
    queue.pushItem({ kind: "discontinuity", rejected: null, restartedAt: "latest", error });
  }

  #tellAge(): void {
    const { topic, timing, emit } = this.#deps;
    const ageMs = timing.clock() - this.#movedAtMs;
    if (this.#hasToldAge || ageMs < AGEING_AFTER_MS) return;
    this.#hasToldAge = true;
    emit({ name: "subscription:position:ageing", topic, ageMs, retentionMs: RETENTION_MS });
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.timing.sleep(delayMs, signal);
    } catch (error) {
      // How a sleep ends early is its own affair; that it failed for another reason is not.
      if (!signal.aborted) throw error;
    }
  }
}
