import type { Failure } from "../orders/failure.ts";
import type { OrderSnapshot } from "../orders/order.ts";
import { appendJournal } from "../store/journal.ts";
import { lockRevision } from "../store/lock-revision.ts";
import type { Store, StoreTransaction } from "../store/store.ts";
import type { ClaimedStep } from "./claim.ts";
import {
  contradictedSteps,
  enqueueReadySteps,
  insertPlan,
  keepSnapshot,
  readySuccessors,
} from "./plan-ledger.ts";
import { decideRetry } from "./retry-policy.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { currentState, rollUpRevision } from "./roll-up.ts";
import type { StepOutcome } from "./step-outcome.ts";
import { heldBecause } from "./step-outcome.ts";

export type SettleDeps = {
  readonly store: Store;
  readonly retryPolicy: RetryPolicy;
  /** Milliseconds since 1970. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
};

/**
 * Commits what came of a step together with all that follows from it: its result, the effect's answer, the steps that
 * are due now with their jobs, the revision's state, the journal, and the note that Salesforce is behind.
 *
 * @returns `stale` when the step was taken from this attempt meanwhile; then nothing is changed, and the attempt that
 * took it looks the effect up.
 */
export async function settleStep(
  deps: SettleDeps,
  step: ClaimedStep,
  outcome: StepOutcome,
): Promise<"settled" | "stale"> {
  return deps.store.transaction(async (tx) => {
    const { revisionId } = step.revision;
    await lockRevision(tx, revisionId);
    const mine = await tx.query(
      "SELECT 1 FROM step WHERE step_id = $1 AND attempt = $2 AND state = 'running' FOR UPDATE",
      [step.stepId, step.attempt],
    );
    if (mine.rows.length === 0) return "stale";
    await applyOutcome(deps, tx, step, outcome);
    await rollUpRevision(tx, step.revision, outcome.kind !== "waiting" || step.waitingOn === null);
    return "settled";
  });
}

async function applyOutcome(
  deps: SettleDeps,
  tx: StoreTransaction,
  step: ClaimedStep,
  outcome: StepOutcome,
): Promise<void> {
  switch (outcome.kind) {
    case "done":
      await finish(tx, step, outcome.result, outcome.reference);
      await answerEffect(tx, step, "done", outcome.reference, outcome.adopted);
      await note(tx, step, "step_done", { reference: outcome.reference, adopted: outcome.adopted });
      break;
    case "planned": {
      const contradicted = await contradictedSteps(tx, step.revision.revisionId, outcome.steps);
      if (contradicted.length > 0) {
        await applyOutcome(deps, tx, step, heldForContradiction(contradicted, outcome.order));
        return;
      }
      await finish(tx, step, { steps: outcome.steps.length }, null);
      await insertPlan(tx, step.revision, outcome.order, outcome.steps);
      await note(tx, step, "planned", { steps: outcome.steps.map((planned) => planned.name) });
      break;
    }
    case "waiting":
      await wakeLater(tx, step, {
        delayMs: outcome.pollAfterMs,
        failures: 0,
        waitingOn: JSON.stringify(outcome.waitingOn),
        failure: null,
      });
      await answerEffect(tx, step, "waiting", null, false);
      if (step.waitingOn === null) await note(tx, step, "step_waiting", { waitingOn: outcome.waitingOn });
      return;
    case "failed":
      await applyFailure(deps, tx, step, outcome.failure);
      return;
    case "held":
      if (outcome.order !== null) await keepSnapshot(tx, step.revision, outcome.order);
      await applyFailure(deps, tx, step, outcome.failure);
      return;
    case "void":
      await applyVoid(deps, tx, step, outcome.reason);
      return;
  }
  enqueueReadySteps(tx, await readySuccessors(tx, step.revision.revisionId));
}

function heldForContradiction(labels: readonly string[], order: OrderSnapshot): StepOutcome {
  return heldBecause(
    "ORDER_CHANGED_AFTER_EFFECT",
    `The order was changed after this was done for it: ${labels.join("; ").slice(0, 250)}. Set the lines back and approve it again, or undo it downstream.`,
    order,
  );
}

async function applyFailure(
  deps: SettleDeps,
  tx: StoreTransaction,
  step: ClaimedStep,
  failure: Failure,
): Promise<void> {
  await answerEffect(tx, step, failure.outcomeUnknown ? "unknown" : "not_done", null, false);
  const time = { nowMs: deps.now(), dueAtMs: Date.parse(step.dueAt) };
  const decision = decideRetry(failure, step.failures, time, deps.retryPolicy, deps.random());
  const { heldAsAWhole } = await currentState(tx, step.revision.revisionId);
  if (decision.kind === "retry" && !heldAsAWhole) {
    await wakeLater(tx, step, {
      delayMs: decision.delayMs,
      failures: step.failures + 1,
      waitingOn: step.waitingOn === null ? null : JSON.stringify(step.waitingOn),
      failure,
    });
    await note(tx, step, "step_retry", {
      code: failure.code,
      summary: failure.summary,
      delayMs: decision.delayMs,
    });
    return;
  }
  const final = decision.kind === "retry" ? failure : decision.failure;
  await tx.query(
    `UPDATE step SET state = 'failed', lease_until = NULL, failures = failures + 1,
            error_class = $2, error_code = $3, error_summary = $4, error_raw = $5
     WHERE step_id = $1`,
    [step.stepId, final.class, final.code, final.summary, final.raw ?? null],
  );
  await tx.query(
    `INSERT INTO fallout (revision_id, step_id, code, class, summary) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (revision_id, step_id) WHERE resolved_at IS NULL
     DO UPDATE SET code = excluded.code, class = excluded.class, summary = excluded.summary,
                   occurrences = fallout.occurrences + 1, last_seen = now()`,
    [step.revision.revisionId, step.stepId, final.code, final.class, final.summary],
  );
  await note(tx, step, "step_failed", { code: final.code, class: final.class, summary: final.summary });
}

/** Ends the revision when nothing was asked of any downstream; else a person decides what to do with what exists. */
async function applyVoid(
  deps: SettleDeps,
  tx: StoreTransaction,
  step: ClaimedStep,
  reason: string,
): Promise<void> {
  const { revisionId } = step.revision;
  const effects = await tx.query(
    "SELECT 1 FROM step JOIN effect USING (step_id) WHERE step.revision_id = $1 LIMIT 1",
    [revisionId],
  );
  if (effects.rows.length > 0) {
    const summary = `Provisioning had begun, but ${reason}. Undo what exists downstream.`;
    await applyOutcome(deps, tx, step, heldBecause("CANCEL_REQUESTED", summary));
    return;
  }
  await finish(tx, step, { void: reason }, null);
  await tx.query(
    "UPDATE step SET state = 'skipped' WHERE revision_id = $1 AND state IN ('pending', 'ready')",
    [revisionId],
  );
  await tx.query(
    "UPDATE order_revision SET state = 'cancelled', completed_at = now() WHERE revision_id = $1",
    [revisionId],
  );
  await note(tx, step, "state", { to: "cancelled", reason });
}

async function finish(
  tx: StoreTransaction,
  step: ClaimedStep,
  result: Readonly<Record<string, unknown>>,
  reference: string | null,
): Promise<void> {
  await tx.query(
    `UPDATE step SET state = 'done', lease_until = NULL, result = $2::jsonb, reference = $3, finished_at = now(),
            failures = 0, waiting_on = NULL, error_class = NULL, error_code = NULL, error_summary = NULL
     WHERE step_id = $1`,
    [step.stepId, JSON.stringify(result), reference],
  );
}

/** Back to ready, with the next attempt's job in this very transaction. */
async function wakeLater(
  tx: StoreTransaction,
  step: ClaimedStep,
  next: {
    readonly delayMs: number;
    readonly failures: number;
    readonly waitingOn: string | null;
    readonly failure: Failure | null;
  },
): Promise<void> {
  await tx.query(
    `UPDATE step SET state = 'ready', lease_until = NULL, attempt = attempt + 1, failures = $2, waiting_on = $3::jsonb,
            wake_at = now() + $4::integer * interval '1 millisecond', error_code = $5, error_summary = $6
     WHERE step_id = $1`,
    [
      step.stepId,
      next.failures,
      next.waitingOn,
      next.delayMs,
      next.failure?.code ?? null,
      next.failure?.summary ?? null,
    ],
  );
  tx.enqueue([{ queue: step.module, stepId: step.stepId, attempt: step.attempt + 1, delayMs: next.delayMs }]);
}

async function answerEffect(
  tx: StoreTransaction,
  step: ClaimedStep,
  outcome: "done" | "waiting" | "not_done" | "unknown",
  reference: string | null,
  adopted: boolean,
): Promise<void> {
  if (step.effectKey === null) return;
  await tx.query(
    `UPDATE effect SET outcome = $2, answered_at = now(), reference = coalesce($3, reference), adopted = $4
     WHERE effect_key = $1`,
    [step.effectKey, outcome, reference, adopted],
  );
}

async function note(
  tx: StoreTransaction,
  step: ClaimedStep,
  kind: Parameters<typeof appendJournal>[1]["kind"],
  detail: NonNullable<Parameters<typeof appendJournal>[1]["detail"]>,
): Promise<void> {
  const { orgId, orderId, revisionId } = step.revision;
  await appendJournal(tx, {
    orgId,
    orderId,
    revisionId,
    stepName: step.name,
    kind,
    detail: { label: step.label, attempt: step.attempt, ...detail },
  });
}
