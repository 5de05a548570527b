import type { ApprovalScope } from "../orders/approval-search.ts";
import type { FoundRequest } from "../orders/found-request.ts";
import { readDeployment } from "../store/deployment.ts";
import { openMissingGap } from "../store/gap.ts";
import type { GapCheck } from "../store/gap.ts";
import { readGaps } from "../store/gap-list.ts";
import type { Gap } from "../store/gap-list.ts";
import { StoreError } from "../store/store-error.ts";
import { beginSweep, finishSweep, readCleanSweeps } from "../store/sweep-run.ts";
import type { SweepCause, SweepScope } from "../store/sweep-run.ts";
import { checkGap } from "./gap-check.ts";
import type { SweepDeps } from "./sweep-deps.ts";
import type { PagesReport, SweepProgress } from "./sweep-pages.ts";
import { sweepPages } from "./sweep-pages.ts";
import { ALL_EVERY_MS, MARGIN_MS } from "./sweep-rules.ts";

export type SweepOrder = { readonly cause: SweepCause; readonly by: string; readonly dryRun: boolean };

export type SweepReport = {
  readonly scope: SweepScope;
  readonly seen: number;
  readonly missing: readonly { readonly orderId: string; readonly requestKey: string }[];
  readonly admitted: number;
  /** The gap that was opened or widened for what was missing. */
  readonly missingGap: number | null;
  readonly gaps: readonly { readonly gapId: number; readonly check: GapCheck }[];
};

/**
 * One sweep: looks into every open gap, then through the orders that are approved or cancelled, and admits what no
 * event told of. Approvals that are missing outside of all known gaps are a gap of their own.
 *
 * To spare calls it looks at orders that changed since the last clean sweep, which in most orgs is one query, and at
 * all since go-live once a day, on command, and when there was no sweep before: an order that the user was not allowed
 * to see shows up without having changed.
 */
export async function sweepOnce(
  deps: SweepDeps,
  order: SweepOrder,
  tell: (progress: SweepProgress) => void,
  signal: AbortSignal,
): Promise<SweepReport> {
  const { database, gapTopic } = deps;
  const startedAt = iso(deps.now());
  const goLiveAt = await goLiveOf(deps);
  const modifiedSince = await lookBack(deps, order.cause);
  const scope: SweepScope = modifiedSince === null ? "all" : "recent";
  const run = order.dryRun
    ? null
    : await beginSweep(database, gapTopic, { cause: order.cause, scope, startedAt });
  const done = { seen: 0, admitted: 0 };
  try {
    const gaps: { readonly gap: Gap; readonly check: GapCheck }[] = [];
    for (const gap of await openGaps(deps)) {
      gaps.push({ gap, check: await checkGap(deps, gap, { ...order, goLiveAt }, signal) });
    }
    const standing: ApprovalScope = {
      kind: "standing",
      approvedFrom: wholeSecond(goLiveAt),
      approvedUntil: iso(deps.now() - deps.rules.graceMs),
      modifiedSince,
    };
    const pages = await sweepPages(deps, standing, order.dryRun, tell, signal);
    done.seen = pages.seen + sum(gaps.map(({ check }) => check.seen));
    done.admitted = pages.admitted + sum(gaps.map(({ check }) => check.admitted));
    const missingGap = order.dryRun ? null : await openGapFor(deps, pages, gaps);
    if (run !== null) {
      await finishSweep(database, run, { ...done, finishedAt: iso(deps.now()), problem: null });
    }
    return {
      scope,
      ...done,
      missing: pages.missing.map(({ request: { orderId, requestKey } }) => ({ orderId, requestKey })),
      missingGap,
      gaps: gaps.map(({ gap: { gapId }, check }) => ({ gapId, check })),
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (run !== null) await finishSweep(database, run, { ...done, finishedAt: iso(deps.now()), problem });
    throw error;
  }
}

/** From when on changed orders are looked at; null for all since go-live. */
async function lookBack(deps: SweepDeps, cause: SweepCause): Promise<string | null> {
  const { lastStartedAt, lastOfAllStartedAt } = await readCleanSweeps(deps.database, deps.gapTopic);
  if (cause === "command" || lastStartedAt === null || lastOfAllStartedAt === null) return null;
  if (deps.now() - Date.parse(lastOfAllStartedAt) >= ALL_EVERY_MS) return null;
  // What was too young for the last sweep is looked at now.
  return iso(Date.parse(lastStartedAt) - deps.rules.graceMs - MARGIN_MS);
}

async function openGaps(deps: SweepDeps): Promise<readonly Gap[]> {
  const { orgId, topic } = deps.gapTopic;
  return (await readGaps(deps.database, orgId, "open")).filter((gap) => gap.topic === topic);
}

/** Approvals that are missing where nothing was known to be in doubt: an event was lost, and others may be. */
async function openGapFor(
  deps: SweepDeps,
  pages: PagesReport,
  gaps: readonly { readonly gap: Gap }[],
): Promise<number | null> {
  const unexplained = pages.missing.filter(
    (found) => found.request.kind === "provision" && !gaps.some(({ gap }) => isWithin(found, gap)),
  );
  const times = unexplained.map(({ request }) => request.approvedAt).filter((time) => time !== null);
  const [from] = times.sort();
  if (from === undefined) return null;
  const gapId = await openMissingGap(deps.database, deps.gapTopic, {
    from,
    at: iso(deps.now()),
    count: unexplained.length,
    detail:
      "The sweep found approvals that no event had told of. It admitted them; other events may be lost.",
  });
  deps.onProblem(
    `${unexplained.length} approvals came without an event and were admitted from the org's records: see gap ${gapId}`,
  );
  return gapId;
}

function isWithin({ request }: FoundRequest, gap: Gap): boolean {
  if (request.approvedAt === null) return false;
  const atMs = Date.parse(request.approvedAt);
  const startMs = gap.windowStart === null ? 0 : Date.parse(gap.windowStart) - MARGIN_MS;
  return gap.cause !== "event_missing" && atMs >= startMs && atMs <= Date.parse(gap.windowEnd) + MARGIN_MS;
}

async function goLiveOf(deps: SweepDeps): Promise<string> {
  const deployment = await readDeployment(deps.database);
  if (deployment?.orgId === deps.gapTopic.orgId) return deployment.goLiveAt;
  throw new StoreError(
    "wrong_org",
    `this store does not serve org ${deps.gapTopic.orgId} any more: nothing of it is looked at or admitted.`,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function wholeSecond(time: string): string {
  return iso(Math.floor(Date.parse(time) / 1000) * 1000);
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
