import { CommandRefused } from "../orders/command-refused.ts";
import type { Database } from "../store/database.ts";
import type { GapCheck } from "../store/gap.ts";
import type { Gap } from "../store/gap-list.ts";
import { readGap, readGaps } from "../store/gap-list.ts";
import { readLastSweep } from "../store/sweep-run.ts";
import type { SweepRun } from "../store/sweep-run.ts";
import type { Sweeper } from "./sweep.ts";
import type { SweepReport } from "./sweep-once.ts";
import type { SweepProgress } from "./sweep-pages.ts";

/** Who is named in a check that a person ordered: commands carry the deployment's token, not a name. */
const BY_COMMAND = "command";

export type GapList = { readonly gaps: readonly Gap[]; readonly lastSweep: SweepRun | null };

/** What people may ask and order about gaps. Every function throws `CommandRefused` when it cannot be done. */
export type GapCommands = {
  list(which: "open" | "all"): Promise<GapList>;
  find(gapId: number): Promise<Gap>;
  check(
    gapId: number,
    order: { readonly dryRun: boolean },
    signal: AbortSignal,
  ): Promise<{ readonly gapId: number; readonly check: GapCheck }>;
  sweep(
    order: { readonly dryRun: boolean },
    tell: (progress: SweepProgress) => void,
    signal: AbortSignal,
  ): Promise<SweepReport>;
};

export type GapCommandDeps = {
  readonly database: Database;
  readonly topic: string;
  /** Undefined as long as Salesforce has not answered. */
  orgId(): string | undefined;
  sweeper(): Sweeper | undefined;
};

export function gapCommands(deps: GapCommandDeps): GapCommands {
  const orgOf = (): string => deps.orgId() ?? refuseUntilReady();
  const find = async (gapId: number): Promise<Gap> => {
    const gap = await readGap(deps.database, orgOf(), gapId);
    if (gap !== undefined) return gap;
    throw new CommandRefused(
      "unknown",
      "gap_unknown",
      `there is no gap ${gapId}. \`sluice gaps --all\` lists them.`,
    );
  };
  const sweeperOf = (): Sweeper => deps.sweeper() ?? refuseUntilReady();
  return {
    list: async (which) => {
      const orgId = orgOf();
      return {
        gaps: await readGaps(deps.database, orgId, which),
        lastSweep: (await readLastSweep(deps.database, { orgId, topic: deps.topic })) ?? null,
      };
    },
    find,
    check: async (gapId, { dryRun }, signal) => {
      const gap = await find(gapId);
      const order = { by: BY_COMMAND, dryRun };
      const check = gap.closedAt === null ? await sweeperOf().check(gapId, order, signal) : undefined;
      if (check !== undefined) return { gapId, check };
      throw new CommandRefused(
        "conflict",
        "gap_closed",
        `gap ${gapId} was closed by a check already; \`sluice gaps ${gapId}\` shows it.`,
      );
    },
    sweep: ({ dryRun }, tell, signal) =>
      sweeperOf().sweep({ cause: "command", by: BY_COMMAND, dryRun }, tell, signal),
  };
}

function refuseUntilReady(): never {
  throw new CommandRefused(
    "conflict",
    "not_ready",
    "the service has not reached Salesforce yet, or does no intake; /readyz says what is missing.",
  );
}
