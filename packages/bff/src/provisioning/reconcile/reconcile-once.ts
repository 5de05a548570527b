import type { FoundRequest } from "../../orders/found-request.ts";
import { readStuckSteps } from "../../store/stuck-steps.ts";
import type { StuckStep } from "../../store/stuck-steps.ts";
import { recoverSteps } from "../recovery.ts";
import { compareEffects } from "./compare-effects.ts";
import type { DownstreamReport } from "./compare-effects.ts";
import { compareApproved, compareUnfinished } from "./compare-orders.ts";
import type { Draft, Finding } from "./finding.ts";
import { isLeft } from "./finding.ts";
import type { ObservedReport } from "./judge-observed.ts";
import type { Comparison, ReconcileDeps, ReconcileProgress } from "./reconcile-deps.ts";
import { repairFinding, reportFinding } from "./repair.ts";

/** A due step that nobody took for so long is stuck. */
const STUCK_MS = 120_000;
const MAX_STUCK = 200;
/** The report holds so many findings; the others are counted. */
const MAX_FINDINGS = 1_000;
const RECORDS_A_LINE = 500;

export type ReconcileReport = {
  readonly since: string;
  readonly repair: boolean;
  readonly compared: {
    /** Orders approved since, as the org showed them, and those of them that the ledger knows. */
    readonly orgOrders: number;
    readonly ledgerOrders: number;
    /** Orders at work here, whenever they were approved. */
    readonly unfinishedOrders: number;
    readonly downstreams: readonly DownstreamReport[];
  };
  readonly observed: ObservedReport;
  readonly findings: readonly Finding[];
  /** All of them, also those that the report does not hold. */
  readonly found: number;
  readonly repaired: number;
  /** Findings that somebody still has to see to. */
  readonly left: number;
};

/** Compares the org, the ledger and the downstreams once, and repairs what was found if `repair` says so. */
export async function reconcileOnce(
  deps: ReconcileDeps,
  comparison: Comparison,
  repair: boolean,
  tell: (progress: ReconcileProgress) => Promise<void>,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const progress = { orders: 0, records: 0, findings: 0 };
  const kept: Finding[] = [];
  let repaired = 0;
  let left = 0;

  let woken: Promise<unknown> | undefined;
  const repairs = {
    store: deps.store,
    admit: (request: FoundRequest) =>
      deps.admit(comparison.orgId, [request], new Date(deps.now()).toISOString()),
    wakeSteps: () => (woken ??= recoverSteps(deps.store, comparison.orgId, "expired")),
  };
  const settle = async (drafts: readonly Draft[]) => {
    for (const draft of drafts) {
      signal.throwIfAborted();
      const finding = repair ? await repairFinding(repairs, draft) : reportFinding(draft);
      progress.findings += 1;
      if (isLeft(finding)) left += 1;
      else repaired += 1;
      if (kept.length < MAX_FINDINGS) kept.push(finding);
    }
  };
  const onPage =
    (phase: ReconcileProgress["phase"]) => async (compared: number, drafts: readonly Draft[]) => {
      progress.orders += compared;
      await settle(drafts);
      await tell({ phase, ...progress });
    };

  const approved = await compareApproved(deps, comparison, onPage("orders"), signal);
  const unfinishedOrders = await compareUnfinished(deps, comparison, onPage("unfinished"), signal);
  const stuck = await readStuckSteps(deps.store.database, comparison.orgId, STUCK_MS, MAX_STUCK);
  await onPage("steps")(0, stuck.map(stuckStep));
  const downstreams: DownstreamReport[] = [];
  for (const module of deps.modules) {
    const onRecord = async () => {
      progress.records += 1;
      if (progress.records % RECORDS_A_LINE === 0) await tell({ phase: "effects", ...progress });
    };
    const telling = { onRecord, onPage: onPage("effects") };
    const report = await compareEffects(deps, module, comparison, telling, signal);
    if (report !== undefined) downstreams.push(report);
  }
  return {
    since: comparison.since,
    repair,
    compared: {
      orgOrders: approved.shown,
      ledgerOrders: approved.known,
      unfinishedOrders,
      downstreams,
    },
    observed: approved.observed,
    findings: kept,
    found: progress.findings,
    repaired,
    left,
  };
}

function stuckStep(step: StuckStep): Draft {
  const minutes = Math.floor(step.sinceMs / 60_000);
  const what =
    step.state === "running"
      ? `its worker has not been heard of for ${minutes} minutes`
      : `it has been due for ${minutes} minutes, and no worker took it`;
  return {
    code: "STEP_STUCK",
    orderId: step.orderId,
    orderNumber: step.orderNumber,
    found: `${step.label}: ${what}.`,
    advice: `A repair wakes it up again, as the workers do every 2 s. Should it come back, no worker runs the module ${step.module}, or it has more to do than it can.`,
    repair: { kind: "wake_steps" },
  };
}
