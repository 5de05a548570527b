import type { StreamProgress } from "./live-streams.ts";
import { RpcFailure } from "./rpc-failure.ts";
import type { PublishRequest, PublishResponse } from "./wire-types.ts";

export type PublishStreamOutput = {
  send(response: PublishResponse): boolean;
  fail(reason: unknown): void;
};

export type PublishStreamOptions = {
  /** How long the stream stays without a publish. */
  readonly idleMs: number;
  startTimer(delayMs: number, fire: () => void): () => void;
  /** Publishes and answers for each event. @throws {RpcFailure} */
  publish(request: PublishRequest): PublishResponse;
};

/** One PublishStream call: its first request fixes the topic, and each request is answered by one response. */
export class PublishStream {
  readonly #output: PublishStreamOutput;
  readonly #options: PublishStreamOptions;
  #topic: string | null = null;
  #published = 0;
  #stopTimer: () => void = () => undefined;

  constructor(output: PublishStreamOutput, options: PublishStreamOptions) {
    this.#output = output;
    this.#options = options;
    this.#waitForPublish();
  }

  /** @throws {RpcFailure} when the request is refused; the call has to end with it. */
  receive(request: PublishRequest): void {
    if (this.#topic === null && (request.authRefresh ?? "") !== "") {
      throw new RpcFailure("publish.auth.refresh.invalid", "The first request cannot refresh the session.");
    }
    if (this.#topic !== null && request.topicName !== "" && request.topicName !== this.#topic) {
      throw new RpcFailure(
        "publish.topic.mismatch",
        `This stream publishes to ${this.#topic}; open another call for another topic.`,
      );
    }
    const topicName = this.#topic ?? request.topicName;
    const response = this.#options.publish({ ...request, topicName });
    this.#topic = topicName;
    this.#published += response.results.filter((result) => !("error" in result)).length;
    this.#waitForPublish();
    this.#output.send(response);
  }

  get progress(): StreamProgress {
    return { topic: this.#topic, credit: 0, delivered: this.#published };
  }

  topicOf({ topicName }: PublishRequest): string | undefined {
    return topicName === "" ? undefined : topicName;
  }

  close(): void {
    this.#stopTimer();
  }

  #waitForPublish(): void {
    this.#stopTimer();
    this.#stopTimer = this.#options.startTimer(this.#options.idleMs, () => {
      this.#output.fail(
        new RpcFailure("publish.stream.sweeper.timeout", "Nothing was published for too long."),
      );
    });
  }
}
