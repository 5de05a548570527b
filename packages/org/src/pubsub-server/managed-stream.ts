import type { ManagedSubscription } from "../bus/managed-subscription.ts";
import type { ManagedSubscriptions } from "../bus/managed-subscriptions.ts";
import type { EventBus } from "../org-core.ts";
import { commitPosition } from "./commit-position.ts";
import { EventDelivery } from "./event-delivery.ts";
import type { DeliveryOptions, DeliveryOutput, Told } from "./event-delivery.ts";
import type { StreamProgress } from "./live-streams.ts";
import { RpcFailure } from "./rpc-failure.ts";
import type { ManagedFetchRequest, ManagedFetchResponse } from "./wire-types.ts";

export type ManagedStreamOutput = Pick<DeliveryOutput, "end" | "fail"> & {
  /** False asks to wait for `resume` before the next message. */
  send(response: ManagedFetchResponse): boolean;
};

export type ManagedStreamOptions = DeliveryOptions & {
  readonly rpcId: string;
  readonly subscriptions: ManagedSubscriptions;
  /** The ids of the managed subscriptions that have a client now. */
  readonly active: Set<string>;
  now(): number;
  /** @throws {RpcFailure} when the caller may not subscribe to the topic. */
  checkRight(topic: string): void;
};

/**
 * One ManagedSubscribe call: its first request names the subscription, whose position the org keeps; later ones add
 * credit, commit a position, or both (reference `pubsub-api.md`, sections 5.3 and 7).
 */
export class ManagedStream {
  readonly #bus: EventBus;
  readonly #output: ManagedStreamOutput;
  readonly #options: ManagedStreamOptions;
  readonly #delivery: EventDelivery;
  #subscriptionId: string | null = null;
  #stopWatching: () => void = () => undefined;
  #release: () => void = () => undefined;

  constructor(bus: EventBus, output: ManagedStreamOutput, options: ManagedStreamOptions) {
    this.#bus = bus;
    this.#output = output;
    this.#options = options;
    const { rpcId } = options;
    const send: DeliveryOutput["send"] = (response) => output.send({ ...response, rpcId });
    this.#delivery = new EventDelivery(bus, { send, end: output.end, fail: output.fail }, options);
  }

  /** @throws {RpcFailure} when the request is refused; the call has to end with it. */
  receive(request: ManagedFetchRequest): void {
    if (this.#delivery.kind === "closed") return;
    if (request.numRequested < 0) {
      throw new RpcFailure(
        "managed.subscription.fetch.request.events.invalid",
        "The number of requested events must not be negative.",
      );
    }
    if (this.#subscriptionId === null) this.#open(request);
    else this.#goOn(request, this.#subscriptionId);
  }

  resume(): void {
    this.#delivery.resume();
  }

  get progress(): StreamProgress {
    const { topic, credit, delivered } = this.#delivery;
    return { topic, credit, delivered };
  }

  /** The topic of the subscription that a request names; undefined when there is none. */
  topicOf(request: ManagedFetchRequest): string | undefined {
    return this.#seen(request)?.topicName;
  }

  close(): void {
    this.#stopWatching();
    this.#release();
    this.#release = () => undefined;
    this.#delivery.close();
  }

  #open(request: ManagedFetchRequest): void {
    if (request.commitReplayIdRequest !== null) {
      throw new RpcFailure(
        "managed.subscription.fetch.request.commit.request.restricted",
        "The first request cannot commit.",
      );
    }
    if ((request.authRefresh ?? "") !== "") {
      throw new RpcFailure(
        "managed.subscription.fetch.request.auth.request.restricted",
        "The first request cannot refresh the session.",
      );
    }
    const subscription = this.#find(request);
    const { id, state, topicName } = subscription;
    if (state === "STOP") throw stopped(subscription);
    this.#options.checkRight(topicName);
    const { active } = this.#options;
    if (active.has(id)) {
      throw new RpcFailure(
        "managed.subscription.already.active",
        `Another client receives ${subscription.developerName}.`,
      );
    }
    this.#subscriptionId = id;
    this.#stopWatching = this.#watch(id);
    active.add(id);
    this.#release = () => {
      active.delete(id);
    };
    this.#delivery.open(topicName, this.#startOf(subscription), request.numRequested);
  }

  /** Exactly one of id and name has to be given. */
  #find(request: ManagedFetchRequest): ManagedSubscription {
    const { subscriptionId, developerName } = request;
    if ((subscriptionId === "") === (developerName === "")) {
      throw new RpcFailure(
        "managed.subscription.id.or.developer.name.empty",
        "Give either the id or the developer name of the managed subscription.",
      );
    }
    if (subscriptionId !== "" && !/^18x[a-zA-Z0-9]{12}(?:[a-zA-Z0-9]{3})?$/.test(subscriptionId)) {
      throw new RpcFailure(
        "managed.subscription.subscription.id.invalid",
        `"${subscriptionId}" is no id of a managed subscription: those begin with 18x and have 15 or 18 characters.`,
      );
    }
    const found = this.#seen(request);
    if (found !== undefined) return found;
    throw subscriptionId === ""
      ? new RpcFailure(
          "managed.subscription.developer.name.not.found",
          `There is no managed subscription ${developerName}.`,
        )
      : new RpcFailure(
          "managed.subscription.subscription.id.not.found",
          `There is no managed subscription ${subscriptionId}.`,
        );
  }

  #seen({ subscriptionId, developerName }: ManagedFetchRequest): ManagedSubscription | undefined {
    const { subscriptions } = this.#options;
    return subscriptions.seenByPubSub(subscriptionId === "" ? { developerName } : { id: subscriptionId });
  }

  #startOf({ committed, topicName, defaultReplay, errorRecoveryReplay }: ManagedSubscription): Told {
    const presetStart = (preset: "LATEST" | "EARLIEST"): Told =>
      preset === "LATEST" ? this.#bus.latest() : this.#bus.earliest();
    if (committed === null) return presetStart(defaultReplay);
    const resolved = this.#bus.resolve(topicName, committed);
    return resolved.kind === "at"
      ? { position: resolved.position, replayId: committed }
      : presetStart(errorRecoveryReplay);
  }

  #goOn(request: ManagedFetchRequest, id: string): void {
    const { numRequested, commitReplayIdRequest: commit } = request;
    if (commit === null && numRequested === 0 && (request.authRefresh ?? "") === "") {
      throw new RpcFailure(
        "managed.subscription.fetch.request.invalid",
        "A later request must ask for events, commit a replay id, or refresh the session.",
      );
    }
    if (commit !== null) {
      const told = this.#delivery.told ?? this.#bus.earliest();
      const commitResponse = commitPosition(commit, {
        bus: this.#bus,
        subscriptions: this.#options.subscriptions,
        id,
        told,
        nowMs: this.#options.now(),
      });
      const { credit } = this.#delivery;
      this.#output.send({
        events: [],
        latestReplayId: told.replayId,
        rpcId: this.#options.rpcId,
        pendingNumRequested: Math.min(100, credit + numRequested),
        commitResponse,
      });
    }
    this.#delivery.addCredit(numRequested);
  }

  /** Ends the stream when the subscription is stopped or deleted, as soon as the Pub/Sub API hears of it. */
  #watch(id: string): () => void {
    const { subscriptions } = this.#options;
    let stopTimer = (): void => undefined;
    const check = (): void => {
      const subscription = subscriptions.get(id);
      const seen = subscriptions.seenByPubSub({ id });
      if (subscription === undefined) {
        this.#output.fail(
          new RpcFailure("managed.subscription.config.deleted", "The managed subscription was deleted."),
        );
      } else if (seen?.state === "STOP") this.#output.fail(stopped(seen));
    };
    const stopListening = subscriptions.onChange(() => {
      stopTimer();
      if (subscriptions.propagationMs === 0) check();
      else stopTimer = this.#options.startTimer(subscriptions.propagationMs, check);
    });
    return () => {
      stopTimer();
      stopListening();
    };
  }
}

function stopped({ developerName }: ManagedSubscription): RpcFailure {
  return new RpcFailure(
    "managed.subscription.config.stopped",
    `The managed subscription ${developerName} is stopped.`,
  );
}
