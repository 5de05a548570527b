import type { EventBus } from "../org-core.ts";
import { EventDelivery, maxCredit } from "./event-delivery.ts";
import type { DeliveryOptions, DeliveryOutput, Told } from "./event-delivery.ts";
import type { StreamProgress } from "./live-streams.ts";
import { RpcFailure } from "./rpc-failure.ts";
import type { FetchRequest, FetchResponse } from "./wire-types.ts";

export type SubscriptionOutput = Pick<DeliveryOutput, "end" | "fail"> & {
  /** False asks to wait for `resume` before the next message. */
  send(response: FetchResponse): boolean;
};

export type SubscriptionOptions = DeliveryOptions & {
  readonly orgId: string;
  readonly rpcId: string;
  /** Refuses credit beyond 100 instead of dropping it. */
  readonly refusesOverflow: boolean;
  /** @throws {RpcFailure} when the caller may not subscribe to the topic. */
  checkRight(topic: string): void;
};

/** One Subscribe call: its first request fixes topic and start, later ones add credit. */
export class Subscription {
  readonly #bus: EventBus;
  readonly #options: SubscriptionOptions;
  readonly #delivery: EventDelivery;

  constructor(bus: EventBus, output: SubscriptionOutput, options: SubscriptionOptions) {
    this.#bus = bus;
    this.#options = options;
    const { rpcId } = options;
    const send: DeliveryOutput["send"] = (response) => output.send({ ...response, rpcId });
    const { end, fail } = output;
    this.#delivery = new EventDelivery(bus, { send, end, fail }, options);
  }

  /**
   * Takes a FetchRequest: the first opens the subscription, later ones add credit.
   *
   * @throws {RpcFailure} when the request is refused; the call has to end with it.
   */
  receive(request: FetchRequest): void {
    const delivery = this.#delivery;
    if (delivery.kind === "closed") return;
    if (request.numRequested <= 0) {
      throw new RpcFailure(
        "subscription.fetch.requested.events.invalid",
        "The number of requested events must be greater than zero.",
      );
    }
    if (this.#options.refusesOverflow && delivery.credit + request.numRequested > maxCredit) {
      throw new RpcFailure(
        "subscription.fetch.overflow",
        `More than ${maxCredit} events were requested and not yet received.`,
      );
    }
    if (delivery.kind === "new") this.#open(request);
    // A later request may leave the topic empty; its replay fields are ignored.
    else if (request.topicName !== "" && request.topicName !== delivery.topic) {
      throw new RpcFailure(
        "subscription.fetch.topic.mismatch",
        `This stream is subscribed to ${delivery.topic ?? ""}; open another call for another topic.`,
      );
    } else delivery.addCredit(request.numRequested);
  }

  /** The client reads again after `send` answered false. */
  resume(): void {
    this.#delivery.resume();
  }

  get progress(): StreamProgress {
    const { topic, credit, delivered } = this.#delivery;
    return { topic, credit, delivered };
  }

  topicOf({ topicName }: FetchRequest): string | undefined {
    return topicName === "" ? undefined : topicName;
  }

  /** Stops everything; safe to call twice. */
  close(): void {
    this.#delivery.close();
  }

  #open(request: FetchRequest): void {
    const { topicName, numRequested } = request;
    if (topicName === "") throw new RpcFailure("topic.validation.empty", "The topic name is empty.");
    const topic = this.#bus.topic(topicName);
    if (topic === undefined) throw topicNotFound(topicName, this.#options.orgId);
    this.#options.checkRight(topicName);
    this.#delivery.open(topic.name, this.#startOf(request), numRequested);
  }

  #startOf(request: FetchRequest): Told {
    switch (request.replayPreset) {
      case "LATEST":
        return this.#bus.latest();
      case "EARLIEST":
        return this.#bus.earliest();
      case "CUSTOM": {
        const { topicName, replayId } = request;
        if (replayId.length === 0) {
          throw new RpcFailure(
            "subscription.fetch.replayid.validation.failed",
            "The preset CUSTOM needs a replay id.",
          );
        }
        const resolved = this.#bus.resolve(topicName, replayId);
        if (resolved.kind === "at") return { position: resolved.position, replayId };
        throw new RpcFailure(
          "subscription.fetch.replayid.corrupted",
          "The replay id is not valid: it may be malformed, expired or from another org.",
        );
      }
    }
  }
}

/** The text names the org the way the service does: `CORE/prod/` and the 18-character id. */
export function topicNotFound(topicName: string, orgId: string): RpcFailure {
  return new RpcFailure("topic.not.found", `There is no topic ${topicName} in org CORE/prod/${orgId}.`);
}
