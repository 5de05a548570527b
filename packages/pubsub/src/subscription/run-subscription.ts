import type { Session, TokenSource } from "../auth/session.ts";
import type { ClientEvent } from "../client-event.ts";
import { PubSubError } from "../pubsub-error.ts";
import type { PayloadCodec } from "../schema/payload-codec.ts";
import { untilAborted } from "../single-flight.ts";
import type { Timing } from "../system-defaults.ts";
import type { Connection } from "../wire/connection.ts";
import type { ReplayPreset } from "../wire/messages.ts";
import { FetchStream } from "./fetch-stream.ts";
import type { Taken } from "./fetch-stream.ts";
import { defaultBackoff, firstAttempt, nextAttempt } from "./next-attempt.ts";
import type { AttemptOutcome } from "./next-attempt.ts";
import { readBatch } from "./read-batch.ts";
import type { StartPosition, StreamItem, SubscribeOptions } from "./stream-item.ts";
import { waitForCodec } from "./wait-for-codec.ts";

/** Everything the loop touches outside itself. */
export type SubscriptionDeps = {
  readonly connection: Connection;
  readonly auth: TokenSource;
  readonly timing: Timing;
  readonly watchdogMs: number;
  readonly fetchCodec: (schemaId: string, signal: AbortSignal) => Promise<PayloadCodec>;
  /** Must not throw. */
  readonly onEvent: (event: ClientEvent) => void;
};

/** What outlives a stream. */
type Progress = { position: StartPosition; session: Session | undefined };

/**
 * Reads a topic for ever: whatever ends the stream, the next one resumes after the item yielded last. Returns when the
 * signal aborts, and only then.
 *
 * The consumer pulls: asking for the next item says that the one before is dealt with. That is why a keepalive's
 * position is safe to store when it is yielded.
 */
export async function* runSubscription(
  topic: string,
  options: SubscribeOptions,
  deps: SubscriptionDeps,
): AsyncGenerator<StreamItem, void, void> {
  const { signal } = options;
  const { timing, onEvent } = deps;
  const progress: Progress = { position: options.position, session: undefined };
  let state = firstAttempt;
  while (!signal.aborted) {
    const outcome = yield* readStream(topic, progress, options, deps);
    if (signal.aborted) return;
    onEvent({ kind: "ended", topic, error: outcome.error });
    const next = nextAttempt(state, outcome, defaultBackoff, timing.random(), topic);
    state = next.state;
    switch (next.step.kind) {
      case "now":
        break;
      case "back_off": {
        const { delayMs, error } = next.step;
        onEvent({ kind: "backing_off", topic, delayMs, attempt: state.failures, error });
        await sleepUntilAborted(delayMs, timing, signal);
        break;
      }
      case "fall_back": {
        const { delayMs, error } = next.step;
        const { position } = progress;
        if (position.kind !== "after") break;
        if (delayMs > 0) {
          onEvent({ kind: "backing_off", topic, delayMs, attempt: state.failures, error });
          await sleepUntilAborted(delayMs, timing, signal);
          if (signal.aborted) return;
        }
        progress.position = { kind: "earliest" };
        onEvent({ kind: "discontinuity", topic, error });
        yield { kind: "discontinuity", rejected: position.replayId, restartedAt: "earliest", error };
        break;
      }
    }
  }
}

/** One stream, from sign-in to its end. */
async function* readStream(
  topic: string,
  progress: Progress,
  options: SubscribeOptions,
  deps: SubscriptionDeps,
): AsyncGenerator<StreamItem, AttemptOutcome, void> {
  const { connection, timing, watchdogMs, onEvent } = deps;
  const { capacity, signal } = options;
  const hadPosition = progress.position.kind === "after";
  let stream: FetchStream | undefined;
  const outcome = (error: PubSubError | null): AttemptOutcome => {
    const hasEvents = stream !== undefined && stream.eventsReceived > 0;
    const wasStable = stream !== undefined && stream.heardForMs > defaultBackoff.maxDelayMs;
    return { error, progressed: hasEvents || wasStable, hadPosition };
  };
  try {
    const session = await openSession(topic, progress, deps, signal);
    const used = connection.current;
    stream = new FetchStream(connection.subscribe(session), {
      topic,
      start: startOf(progress.position),
      capacity,
      watchdogMs,
      timing,
      isConnected: () => connection.isUp,
      signal,
      onEvent,
    });
    for (;;) {
      const taken: Taken = await stream.take();
      if (signal.aborted) return outcome(null);
      if (taken.kind === "end") {
        if (taken.error?.code === "session_rejected") deps.auth.invalidate(session);
        if (taken.error?.code === "stream_silent") connection.renew(used);
        return outcome(taken.error);
      }
      const { response, atMs } = taken;
      const codec = (schemaId: string, until: AbortSignal): Promise<PayloadCodec> =>
        waitForCodec(schemaId, { topic, timing, fetchCodec: deps.fetchCodec, onEvent }, until);
      const events = await readBatch(response.events, { topic, codec, onEvent }, signal);
      // The last event's own id, not the response's: that one may be ahead of what was delivered.
      const replayId = events.at(-1)?.replayId ?? new Uint8Array(response.latestReplayId);
      progress.position = { kind: "after", replayId };
      yield { kind: "batch", events, position: replayId, receivedAtMs: atMs };
    }
  } catch (error) {
    return outcome(PubSubError.from(error, topic));
  } finally {
    stream?.close();
  }
}

async function openSession(
  topic: string,
  progress: Progress,
  deps: SubscriptionDeps,
  signal: AbortSignal,
): Promise<Session> {
  const session = await untilAborted(deps.auth.get(signal), signal);
  const before = progress.session;
  progress.session = session;
  if (before !== undefined && before.accessToken !== session.accessToken) {
    deps.onEvent({ kind: "token_refreshed", topic, orgId: session.orgId });
  }
  return session;
}

function startOf(position: StartPosition): {
  readonly replayPreset: ReplayPreset;
  readonly replayId?: Uint8Array;
} {
  switch (position.kind) {
    case "earliest":
      return { replayPreset: "EARLIEST" };
    case "latest":
      return { replayPreset: "LATEST" };
    case "after":
      return { replayPreset: "CUSTOM", replayId: position.replayId };
  }
}

async function sleepUntilAborted(delayMs: number, timing: Timing, signal: AbortSignal): Promise<void> {
  try {
    await timing.sleep(delayMs, signal);
  } catch (error) {
    // How a sleep ends early is its own affair; that it failed for another reason is not.
    if (!signal.aborted) throw error;
  }
}
