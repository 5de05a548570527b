import type { OrgLog } from "../log/org-log.ts";

/** What is known of a stream when it opens. */
export type OpenedStream = {
  readonly rpcId: string;
  readonly rpc: "Subscribe" | "ManagedSubscribe" | "PublishStream";
  readonly userId: string;
  /** `x-client-trace-id`, when the client sent one. */
  readonly traceId: string | null;
  /** The client's address. */
  readonly peer: string;
};

/** How far a stream is. `topic` is null until its first request. */
export type StreamProgress = {
  readonly topic: string | null;
  /** Events that the client still asks for. */
  readonly credit: number;
  /** Events that were sent to it. */
  readonly delivered: number;
};

export type LiveStream = OpenedStream & StreamProgress;

/** The streams that are open now, for people and tests to look at. */
export class LiveStreams {
  readonly #log: OrgLog;
  readonly #streams = new Map<
    string,
    { readonly opened: OpenedStream; readonly read: () => StreamProgress }
  >();

  constructor(log: OrgLog) {
    this.#log = log;
  }

  /** Lists a stream until the returned function is called; calling that twice is fine. */
  add(opened: OpenedStream, read: () => StreamProgress): () => void {
    this.#streams.set(opened.rpcId, { opened, read });
    const { rpcId, rpc, userId } = opened;
    this.#log.add("stream:opened", { rpcId, rpc, userId });
    return () => {
      if (!this.#streams.delete(rpcId)) return;
      this.#log.add("stream:ended", { rpcId, rpc, userId });
    };
  }

  list(): readonly LiveStream[] {
    return [...this.#streams.values()].map(({ opened, read }) => ({ ...opened, ...read() }));
  }
}
