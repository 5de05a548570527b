import type { EventBus } from "../org-core.ts";
import type { StreamProgress } from "./live-streams.ts";
import { RpcFailure } from "./rpc-failure.ts";
import { takeBatch } from "./take-batch.ts";
import type { FetchRequest, FetchResponse } from "./wire-types.ts";

/**
 * One Subscribe call:
 * - `new`       no request yet; the first one fixes topic and start.
 * - `open`      events flow while there is credit. With credit and nothing to send, a keepalive
 *               follows every `keepaliveMs`; without credit the server closes after
 *               `zeroCreditCloseMs`, with status OK.
 * - `closed`    final; nothing is sent any more.
 */
type SubscriptionState =
  | { readonly kind: "new" }
  | { readonly kind: "open"; readonly topic: string; position: number; credit: number }
  | { readonly kind: "closed" };

/** The stream to the client. */
export type SubscriptionOutput = {
  /** False asks to wait for `resume` before the next message. */
  send(response: FetchResponse): boolean;
  /** Ends the call with status OK. */
  end(): void;
  /** Ends the call because the org failed on it. */
  fail(reason: unknown): void;
};

export type SubscriptionOptions = {
  readonly orgId: string;
  readonly rpcId: string;
  /** Longest silence while the client has credit; 270 s by the contract. */
  readonly keepaliveMs: number;
  /** How long a stream without credit stays; 60 s by the contract. */
  readonly zeroCreditCloseMs: number;
  /** Starts a timer and returns how to stop it. */
  startTimer(delayMs: number, fire: () => void): () => void;
  /** Told of every event sent, for the org's delivery allocation. */
  onDelivered(count: number): void;
};

/** The documented ceiling of outstanding credit on one stream; what goes beyond is dropped. */
const maxCredit = 100;

/** Smaller than every position of the bus. */
const beforeAll = -1;

/** Delivers the events of one topic at the pace the client sets with its credit. */
export class Subscription {
  readonly #bus: EventBus;
  readonly #output: SubscriptionOutput;
  readonly #options: SubscriptionOptions;
  #state: SubscriptionState = { kind: "new" };
  #isBlocked = false;
  #delivered = 0;
  #timer: { readonly kind: "keepalive" | "zero_credit"; readonly stop: () => void } | null = null;
  #stopListening: () => void = () => undefined;

  constructor(bus: EventBus, output: SubscriptionOutput, options: SubscriptionOptions) {
    this.#bus = bus;
    this.#output = output;
    this.#options = options;
  }

  /**
   * Takes a FetchRequest: the first opens the subscription, later ones add credit.
   *
   * @throws {RpcFailure} when the request is refused; the call has to end with it.
   */
  receive(request: FetchRequest): void {
    if (this.#state.kind === "closed") return;
    if (request.numRequested <= 0) {
      throw new RpcFailure(
        "subscription.fetch.requested.events.invalid",
        "The number of requested events must be greater than zero.",
      );
    }
    if (this.#state.kind === "new") this.#open(request);
    // A later request may leave the topic empty; its replay fields are ignored.
    else if (request.topicName !== "" && request.topicName !== this.#state.topic) {
      throw new RpcFailure(
        "subscription.fetch.topic.mismatch",
        `This stream is subscribed to ${this.#state.topic}; open another call for another topic.`,
      );
    } else this.#state.credit = Math.min(maxCredit, this.#state.credit + request.numRequested);
    this.#pump();
  }

  /** The client reads again after `send` answered false. */
  resume(): void {
    this.#isBlocked = false;
    this.#continue();
  }

  get progress(): StreamProgress {
    const state = this.#state;
    const isOpen = state.kind === "open";
    return {
      topic: isOpen ? state.topic : null,
      credit: isOpen ? state.credit : 0,
      delivered: this.#delivered,
    };
  }

  /** Stops everything; safe to call twice. */
  close(): void {
    this.#state = { kind: "closed" };
    this.#timer?.stop();
    this.#timer = null;
    this.#stopListening();
  }

  #open(request: FetchRequest): void {
    const { topicName, numRequested } = request;
    if (topicName === "") throw new RpcFailure("topic.validation.empty", "The topic name is empty.");
    const topic = this.#bus.topic(topicName);
    if (topic === undefined) throw topicNotFound(topicName, this.#options.orgId);
    const position = this.#startPosition(request);
    this.#state = { kind: "open", topic: topic.name, position, credit: Math.min(maxCredit, numRequested) };
    this.#stopListening = this.#bus.onAppend(() => {
      this.#continue();
    });
  }

  #startPosition(request: FetchRequest): number {
    switch (request.replayPreset) {
      case "LATEST":
        return this.#bus.latest().position;
      case "EARLIEST":
        return beforeAll;
      case "CUSTOM": {
        if (request.replayId.length === 0) {
          throw new RpcFailure(
            "subscription.fetch.replayid.validation.failed",
            "The preset CUSTOM needs a replay id.",
          );
        }
        const resolved = this.#bus.resolve(request.topicName, request.replayId);
        if (resolved.kind === "at") return resolved.position;
        throw new RpcFailure(
          "subscription.fetch.replayid.corrupted",
          "The replay id is not valid: it may be malformed, expired or from another org.",
        );
      }
    }
  }

  /** Pumps outside of a request, where nobody but this call may notice that the bus failed. */
  #continue(): void {
    try {
      this.#pump();
    } catch (reason) {
      this.close();
      this.#output.fail(reason);
    }
  }

  #pump(): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    let hasSent = false;
    while (state.credit > 0 && !this.#isBlocked) {
      const batch = takeBatch(this.#bus.read(state.topic, state.position, state.credit));
      const last = batch.at(-1);
      if (last === undefined) break;
      hasSent = true;
      state.position = last.position;
      state.credit -= batch.length;
      this.#delivered += batch.length;
      this.#options.onDelivered(batch.length);
      const events = batch.map(({ eventId, schemaId, payload, replayId }) => ({
        event: { id: eventId, schemaId, payload },
        replayId,
      }));
      this.#send(events, last.replayId, state.credit);
    }
    this.#setTimer(hasSent);
  }

  #send(events: FetchResponse["events"], latestReplayId: Uint8Array, pendingNumRequested: number): void {
    const { rpcId } = this.#options;
    this.#isBlocked = !this.#output.send({ events, latestReplayId, rpcId, pendingNumRequested });
  }

  /** A running keepalive timer goes on unless something was sent: other topics' traffic is no sign of life. */
  #setTimer(hasSent: boolean): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    const kind = state.credit > 0 ? "keepalive" : "zero_credit";
    if (this.#timer?.kind === kind && !hasSent) return;
    this.#timer?.stop();
    const { keepaliveMs, zeroCreditCloseMs } = this.#options;
    const stop =
      kind === "keepalive"
        ? this.#options.startTimer(keepaliveMs, () => {
            this.#keepAlive();
          })
        : this.#options.startTimer(zeroCreditCloseMs, () => {
            this.close();
            this.#output.end();
          });
    this.#timer = { kind, stop };
  }

  #keepAlive(): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    this.#timer = null;
    if (!this.#isBlocked) {
      // Whatever is retained on the topic was sent by the last pump, so the newest id of the bus skips nothing.
      const latest = this.#bus.latest();
      state.position = Math.max(state.position, latest.position);
      this.#send([], latest.replayId, state.credit);
    }
    this.#setTimer(false);
  }
}

/** The text names the org the way the service does: `CORE/prod/` and the 18-character id. */
export function topicNotFound(topicName: string, orgId: string): RpcFailure {
  return new RpcFailure("topic.not.found", `There is no topic ${topicName} in org CORE/prod/${orgId}.`);
}
