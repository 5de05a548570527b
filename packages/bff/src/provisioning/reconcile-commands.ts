import { CommandRefused } from "../orders/command-refused.ts";
import { recordAct } from "../store/act.ts";
import type { Deployment } from "../store/deployment.ts";
import { readDeployment } from "../store/deployment.ts";
import { releaseLease, renewLease, takeLease } from "../store/lease.ts";
import type { ReconciliationRun } from "../store/reconciliation.ts";
import {
  beginReconciliation,
  finishReconciliation,
  readLastReconciliation,
} from "../store/reconciliation.ts";
import type { ReconcileDeps, ReconcileProgress } from "./reconcile/reconcile-deps.ts";
import type { ReconcileReport } from "./reconcile/reconcile-once.ts";
import { reconcileOnce } from "./reconcile/reconcile-once.ts";

const DAY_MS = 24 * 3_600_000;
/** Without `since` so much is compared. */
const USUAL_LOOK_BACK_MS = 7 * DAY_MS;
/** No answer of Salesforce or a downstream takes that long: whoever does not renew for so long is gone. */
const LEASE_MS = 120_000;
const RENEW_EVERY_MS = 10_000;

export type ReconcileOrder = {
  /** ISO 8601; null means the last 7 days. Never before go-live. */
  readonly since: string | null;
  readonly repair: boolean;
  /** Nothing is repaired and nothing is kept of the run. */
  readonly dryRun: boolean;
  readonly actor: string;
};

export type ReconcileResult = ReconcileReport & {
  readonly dryRun: boolean;
  readonly mode: Deployment["mode"];
  /** Null of a dry run. */
  readonly runId: number | null;
};

export type ReconcileCommands = {
  /** The newest run; undefined when there was none. */
  last(): Promise<ReconciliationRun<ReconcileResult> | undefined>;
  /** @throws {CommandRefused} `not_ready`, `observing`, `since_in_the_future`, `reconciliation_running` */
  run(
    order: ReconcileOrder,
    tell: (progress: ReconcileProgress) => void,
    signal: AbortSignal,
  ): Promise<ReconcileResult>;
};

export type ReconcileCommandDeps = ReconcileDeps & {
  /** The org that is served and answers; undefined before, and while another one answers. */
  orgId(): string | undefined;
  /** Names this process among the deployment's. */
  readonly holder: string;
};

/** Comparing the org, the ledger and the downstreams, one at a time in the whole deployment. */
export function reconcileCommands(deps: ReconcileCommandDeps): ReconcileCommands {
  const { database } = deps.store;
  let isRunning = false;

  async function served(): Promise<Deployment> {
    const deployment = await readDeployment(database);
    if (deployment !== undefined && deployment.orgId === deps.orgId()) return deployment;
    throw new CommandRefused(
      "conflict",
      "not_ready",
      "the service has not reached the org that it serves; /readyz says what is missing.",
    );
  }

  /** Runs while this process holds the lease; `keep` renews it and is to be called all along. */
  async function alone<Result>(
    orgId: string,
    work: (keep: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const lease = { orgId, name: "reconciliation" };
    // On the embedded database whoever held it before is gone: it serves one process only.
    const epoch = await takeLease(database, lease, deps.holder, LEASE_MS, database.kind === "pglite");
    if (epoch === undefined) throw refusedAsRunning();
    let renewedMs = deps.now();
    try {
      return await work(async () => {
        if (deps.now() - renewedMs < RENEW_EVERY_MS) return;
        renewedMs = deps.now();
        if (await renewLease(database, lease, epoch, LEASE_MS)) return;
        throw new Error("another process took the comparison over, because this one was silent for too long");
      });
    } finally {
      await releaseLease(database, lease, epoch);
    }
  }

  async function compare(
    order: ReconcileOrder,
    tell: (progress: ReconcileProgress) => void,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const deployment = await served();
    const { orgId, goLiveAt, mode } = deployment;
    const since = sinceOf(order.since, deps.now(), goLiveAt);
    const repair = order.repair && !order.dryRun;
    if (order.repair && mode === "observe") {
      throw new CommandRefused(
        "conflict",
        "observing",
        "this deployment observes and changes nothing: leave --repair out, or go live first.",
      );
    }
    return alone(orgId, async (keep) => {
      const runId = order.dryRun ? null : await beginReconciliation(database, orgId, iso(deps.now()));
      try {
        const report = await reconcileOnce(
          deps,
          { orgId, goLiveAt, since },
          repair,
          async (progress) => {
            tell(progress);
            await keep();
          },
          signal,
        );
        const result = { ...report, dryRun: order.dryRun, mode, runId };
        if (runId !== null) {
          await database.transaction(async (tx) => {
            await finishReconciliation(tx, runId, { at: iso(deps.now()), report: result, problem: null });
            const { found, repaired, left } = report;
            const detail = { runId, repair, found, repaired, left };
            await recordAct(tx, { orgId, actor: order.actor, kind: "reconciled", detail });
          });
        }
        return result;
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        if (runId !== null)
          await finishReconciliation(database, runId, { at: iso(deps.now()), report: null, problem });
        throw error;
      }
    });
  }

  return {
    last: async () => {
      const { orgId } = await served();
      return readLastReconciliation<ReconcileResult>(database, orgId);
    },
    async run(order, tell, signal) {
      if (isRunning) throw refusedAsRunning();
      isRunning = true;
      try {
        return await compare(order, tell, signal);
      } finally {
        isRunning = false;
      }
    },
  };
}

function refusedAsRunning(): CommandRefused {
  return new CommandRefused(
    "conflict",
    "reconciliation_running",
    "a comparison is running already; `GET /api/reconcile` tells when it began. One whose process died is over in two minutes.",
  );
}

function sinceOf(given: string | null, nowMs: number, goLiveAt: string): string {
  const sinceMs = given === null ? nowMs - USUAL_LOOK_BACK_MS : Date.parse(given);
  if (sinceMs > nowMs)
    throw new CommandRefused(
      "invalid",
      "since_in_the_future",
      `${given} is still to come: name a time before now.`,
    );
  return iso(Math.max(sinceMs, Date.parse(goLiveAt)));
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
