import { matchesPlace } from "../faults/fault-registry.ts";
import type { FaultMatch } from "../faults/fault-registry.ts";
import type { OrgLog } from "../log/org-log.ts";
import type { StreamFault } from "./stream-faults.ts";

/** What is known of a stream when it opens. */
export type OpenedStream = {
  readonly rpcId: string;
  readonly rpc: StreamRpc;
  readonly userId: string;
  /** `x-client-trace-id`, when the client sent one. */
  readonly traceId: string | null;
  /** The client's address. */
  readonly peer: string;
};

export type StreamRpc = "Subscribe" | "ManagedSubscribe" | "PublishStream";

/** How far a stream is. `topic` is null until its first request. */
export type StreamProgress = {
  readonly topic: string | null;
  /** Events that the client still asks for. */
  readonly credit: number;
  /** Events that were sent to it; to a PublishStream, those that it published. */
  readonly delivered: number;
};

export type LiveStream = OpenedStream & StreamProgress;

type Listed = {
  readonly opened: OpenedStream;
  readonly read: () => StreamProgress;
  readonly strike: (fault: StreamFault) => void;
};

/** The streams that are open now, for people and tests to look at. */
export class LiveStreams {
  readonly #log: OrgLog;
  readonly #streams = new Map<string, Listed>();

  constructor(log: OrgLog) {
    this.#log = log;
  }

  /**
   * Lists a stream until the returned function is called, with the reason for its end; calling that twice is fine.
   * `strike` lets a fault bite it at once.
   */
  add(
    opened: OpenedStream,
    read: () => StreamProgress,
    strike: (fault: StreamFault) => void = () => undefined,
  ): (cause?: string) => void {
    this.#streams.set(opened.rpcId, { opened, read, strike });
    const { rpcId, rpc, userId } = opened;
    this.#log.add("stream:opened", { rpcId, rpc, userId });
    return (cause = "closed") => {
      if (!this.#streams.delete(rpcId)) return;
      const { topic, delivered } = read();
      this.#log.add("stream:ended", { rpcId, rpc, userId, topic, delivered, cause });
    };
  }

  list(): readonly LiveStream[] {
    return [...this.#streams.values()].map(({ opened, read }) => ({ ...opened, ...read() }));
  }

  /**
   * Lets a fault bite every live stream that fits, now: the place tells `rpc`, `user`, `topic` and `at`, which is
   * `now`.
   *
   * @returns how many it bit.
   */
  strike(fault: StreamFault, match: FaultMatch): number {
    let hits = 0;
    for (const { opened, read, strike } of this.#streams.values()) {
      const { topic } = read();
      const place = { rpc: opened.rpc, user: opened.userId, at: "now", ...(topic === null ? {} : { topic }) };
      if (!matchesPlace(match, place)) continue;
      hits += 1;
      this.#log.add("fault:fired", { fault: fault.kind, rpcId: opened.rpcId, ...place });
      strike(fault);
    }
    return hits;
  }
}
