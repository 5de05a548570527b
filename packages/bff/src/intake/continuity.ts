import type { Database } from "../store/database.ts";
import { openGap } from "../store/gap.ts";
import type { GapTopic } from "../store/gap.ts";
import type { IntakePosition } from "../store/intake-position.ts";
import { RETENTION_MS } from "./sweep-rules.ts";

export type ContinuityDeps = {
  readonly database: Pick<Database, "query" | "script">;
  readonly gapTopic: GapTopic;
  now(): number;
  /** Wakes the sweep. */
  onGap(gapId: number): void;
};

/** Notices where the topic's continuity breaks. Each answers with the gap's number. */
export type Continuity = {
  /** Reading begins at the stored position. Undefined when it is young enough for the bus to have kept all that followed. */
  begins(position: Pick<IntakePosition, "replayId" | "movedAtMs">): Promise<number | undefined>;
  /** The bus refused the position, and reading goes on from the earliest event it keeps. */
  rejected(position: Uint8Array): Promise<number>;
  /** A person orders reading to go on elsewhere than after `position`. */
  forced(position: Uint8Array, detail: string): Promise<number>;
};

export function watchContinuity(deps: ContinuityDeps): Continuity {
  const open = async (
    cause: "replay_id_rejected" | "silence_beyond_retention" | "position_forced",
    position: Uint8Array,
    detail: string,
  ): Promise<number> => {
    const at = new Date(deps.now()).toISOString();
    const gapId = await openGap(deps.database, deps.gapTopic, { cause, position, detail, at });
    deps.onGap(gapId);
    return gapId;
  };
  return {
    begins: async ({ replayId, movedAtMs }) => {
      if (replayId === null || movedAtMs === null || deps.now() - movedAtMs <= RETENTION_MS) return undefined;
      const movedAt = new Date(movedAtMs).toISOString();
      const detail = `Nothing was read since ${movedAt}, and the bus keeps events for 72 hours.`;
      return open("silence_beyond_retention", replayId, detail);
    },
    rejected: (position) =>
      open(
        "replay_id_rejected",
        position,
        "The bus did not know the stored position any more: reading went on from the earliest event it keeps.",
      ),
    forced: (position, detail) => open("position_forced", position, detail),
  };
}
