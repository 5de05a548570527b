import { CommandRefused } from "../orders/command-refused.ts";
import { releaseLease, renewLease, takeLease } from "../store/lease.ts";
import type { Ordered, TellProgress } from "./outside-stream.ts";
import { orgOf } from "./outside-stream.ts";
import type { OrderReplayResult, ReplayOrdersDeps } from "./replay-orders.ts";
import { replayOrders } from "./replay-orders.ts";
import type { ReplayPlace, ReplayStreamDeps, StreamReplayResult } from "./replay-stream.ts";
import { replayStream } from "./replay-stream.ts";

/** A replay whose process died keeps others out for so long. */
const LEASE_MS = 15_000;
const RENEW_MS = 4_000;

export type ReplayRequest =
  | { readonly kind: "stream"; readonly place: ReplayPlace }
  | { readonly kind: "orders"; readonly orderIds: readonly string[] };

export type ReplayResult =
  | { readonly replayed: "stream"; readonly result: StreamReplayResult }
  | { readonly replayed: "orders"; readonly result: OrderReplayResult };

export type ReplayDeps = ReplayStreamDeps & ReplayOrdersDeps & { readonly holder: string };

export type ReplayCommands = {
  /**
   * One at a time in the whole deployment, previews included: each reads the stream at the org's expense.
   *
   * @throws {CommandRefused} `replay_running`, `replay_id_rejected`, `stream_unavailable`
   */
  replay(
    request: ReplayRequest,
    ordered: Ordered,
    tell: TellProgress,
    signal: AbortSignal,
  ): Promise<ReplayResult>;
};

export function replayCommands(deps: ReplayDeps): ReplayCommands {
  return {
    replay: (request, ordered, tell, signal) =>
      alone(deps, signal, async (until): Promise<ReplayResult> => {
        if (request.kind === "orders") {
          const result = await replayOrders(deps, request.orderIds, ordered, tell, until);
          return { replayed: "orders", result };
        }
        const result = await replayStream(deps, request.place, ordered, tell, until);
        return { replayed: "stream", result };
      }),
  };
}

async function alone<T>(
  deps: ReplayDeps,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { database } = deps.store;
  const lease = { orgId: orgOf(deps), name: "replay" };
  const epoch = await takeLease(database, lease, deps.holder, LEASE_MS, false);
  if (epoch === undefined) {
    throw new CommandRefused(
      "conflict",
      "replay_running",
      "another replay or preview is running. Wait for its end; if its process died, for a quarter of a minute.",
    );
  }
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const keep = async () => {
    while (!until.aborted) {
      await deps.sleep(RENEW_MS, until).catch(() => undefined);
      if (until.aborted) return;
      const kept = await renewLease(database, lease, epoch, LEASE_MS).catch(() => true);
      if (!kept) over.abort(new Error("another replay took over"));
    }
  };
  const keeping = keep();
  try {
    return await work(until);
  } finally {
    over.abort();
    await keeping;
    await releaseLease(database, lease, epoch).catch(() => undefined);
  }
}
