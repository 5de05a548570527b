import type { StepJobData } from "../queue/producers.ts";
import type { Store } from "../store/store.ts";
import type { ClaimedStep } from "./claim.ts";
import { claimStep } from "./claim.ts";
import { LOCAL_MODULE } from "./first-step.ts";
import { LEASE_MS } from "./leases.ts";
import type { Leases } from "./leases.ts";
import type { ModuleCall, ProvisioningModule } from "./module.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { settleStep } from "./settle.ts";
import type { StepOutcome } from "./step-outcome.ts";
import { done, heldBecause } from "./step-outcome.ts";
import { unclassified } from "../orders/failure.ts";
import { validateOrder } from "./validate-order.ts";
import type { ValidateDeps } from "./validate-order.ts";

/** Failures are retried for so long; then a person decides. */
const RETRY_BUDGET_MS = 4 * 3_600_000;

export type EngineDeps = {
  readonly store: Store;
  /** The org that is served. */
  readonly orgId: string;
  readonly modules: readonly ProvisioningModule[];
  readonly validation: ValidateDeps;
  readonly retryPolicy: RetryPolicy;
  readonly leases: Leases;
  now(): number;
  random(): number;
  /** For logs and metrics. Must not throw. */
  onStep(report: StepReport): void;
};

export type StepReport = {
  readonly step: ClaimedStep;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  /** The step was taken from this attempt while it worked. */
  readonly stale: boolean;
};

/**
 * Works on one wake-up: claims the step in one commit, calls its module outside any transaction, and commits the
 * answer. A stale wake-up changes nothing. When `signal` aborts in the middle the step stays running, and is taken up
 * again at the next start with its effect looked up first.
 */
export async function runStep(deps: EngineDeps, job: StepJobData, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const step = await claimStep(deps.store, job, {
    orgId: deps.orgId,
    leaseMs: LEASE_MS,
    retryBudgetMs: RETRY_BUDGET_MS,
  });
  if (step === undefined) return;
  const startedAtMs = deps.now();
  const release = deps.leases.hold(step);
  const outcome = await workOn(deps, step, signal).finally(release);
  if (outcome === "aborted") return;
  const settled = await settleStep(deps, step, outcome);
  deps.onStep({ step, outcome, durationMs: deps.now() - startedAtMs, stale: settled === "stale" });
}

async function workOn(
  deps: EngineDeps,
  step: ClaimedStep,
  signal: AbortSignal,
): Promise<StepOutcome | "aborted"> {
  try {
    return step.module === LOCAL_MODULE
      ? await runLocally(deps, step, signal)
      : await callModule(deps.modules, step, signal);
  } catch (error) {
    if (signal.aborted) return "aborted";
    const detail = error instanceof Error ? error.message : String(error);
    return {
      kind: "failed",
      failure: unclassified(
        `The module ${step.module} broke while it ran ${step.operation}. This is a defect; see the log.`,
        detail,
      ),
    };
  }
}

async function runLocally(deps: EngineDeps, step: ClaimedStep, signal: AbortSignal): Promise<StepOutcome> {
  switch (step.operation) {
    case "validate":
      return validateOrder(deps.validation, step.revision, signal);
    case "complete":
      return done({});
    default:
      return heldBecause(
        "UNKNOWN_OPERATION",
        `This version of Sluice does not know the step ${step.operation}. It was planned by another version: start that one, or let a person complete the step.`,
      );
  }
}

async function callModule(
  modules: readonly ProvisioningModule[],
  step: ClaimedStep,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const order = step.revision.snapshot;
  const module = modules.find(({ name }) => name === step.module);
  if (module === undefined || !module.operations.includes(step.operation)) {
    return heldBecause(
      "UNKNOWN_OPERATION",
      `No module offers ${step.module}/${step.operation}. Start a worker that has it, or correct the plan.`,
    );
  }
  if (order === null || step.effectKey === null)
    throw new Error(`step ${step.name} was planned without an order`);
  const call: ModuleCall = {
    operation: step.operation,
    effectKey: step.effectKey,
    order,
    line: order.lines.find((line) => line.lineId === step.lineId) ?? null,
    unit: step.unit,
    parameters: step.parameters,
    results: step.results,
    lookUpFirst: step.lookUpFirst,
    waitingOn: step.waitingOn,
  };
  return module.run(call, signal);
}
