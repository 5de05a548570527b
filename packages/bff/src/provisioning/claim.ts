import type { JsonObject } from "../orders/json.ts";
import type { OrderSnapshot } from "../orders/order.ts";
import type { StepJobData } from "../queue/producers.ts";
import { appendJournal } from "../store/journal.ts";
import type { Store, StoreTransaction } from "../store/store.ts";

/** A step that this process may work on until its lease ends, with all that the work needs. */
export type ClaimedStep = {
  readonly stepId: number;
  readonly attempt: number;
  readonly failures: number;
  /** No automatic retry after this moment. ISO 8601. */
  readonly dueAt: string;
  readonly name: string;
  readonly label: string;
  readonly module: string;
  readonly operation: string;
  readonly lineId: string | null;
  readonly unit: number;
  readonly parameters: JsonObject;
  /** Null for a step without an effect outside Sluice. */
  readonly effectKey: string | null;
  /** An earlier call may have had its effect. */
  readonly lookUpFirst: boolean;
  readonly waitingOn: JsonObject | null;
  /** Results of the order's finished steps, by name. */
  readonly results: Readonly<Record<string, JsonObject>>;
  readonly revision: ClaimedRevision;
};

export type ClaimedRevision = {
  readonly revisionId: number;
  readonly orgId: string;
  readonly orderId: string;
  /** As the event carried them; null when it did not. */
  readonly eventTotal: number | null;
  /** Null until the first step has read the order. */
  readonly snapshot: OrderSnapshot | null;
};

export type ClaimLimits = {
  /** Steps of another org are not claimed: they rest until it is adopted again. */
  readonly orgId: string;
  /** How long the work may take before the sweeper takes it for lost. */
  readonly leaseMs: number;
  /** How long failures are retried, from the first attempt on. */
  readonly retryBudgetMs: number;
};

type StepRow = {
  step_id: number;
  failures: number;
  due_at: Date;
  name: string;
  label: string;
  module: string;
  operation: string;
  line_id: string | null;
  unit: number;
  parameters: JsonObject;
  effect_key: string | null;
  waiting_on: JsonObject | null;
};

/**
 * Takes the step for this attempt and writes down the intent of its effect, in one commit, before anything is called.
 *
 * @returns undefined when the wake-up is stale: somebody else has the step, or it moved on.
 */
export async function claimStep(
  store: Store,
  job: StepJobData,
  limits: ClaimLimits,
): Promise<ClaimedStep | undefined> {
  return store.transaction(async (tx) => {
    const revision = await lockRevisionOf(tx, job.stepId, limits.orgId);
    if (revision === undefined) return undefined;
    const { rows } = await tx.query<StepRow>(
      `UPDATE step
       SET state = 'running', wake_at = NULL,
           lease_until = now() + $3::integer * interval '1 millisecond',
           started_at = coalesce(started_at, now()),
           due_at = coalesce(due_at, now() + $4::bigint * interval '1 millisecond')
       WHERE step_id = $1 AND attempt = $2 AND state = 'ready'
       RETURNING step_id, failures, due_at, name, label, module, operation, line_id, unit, parameters,
                 effect_key, waiting_on`,
      [job.stepId, job.attempt, limits.leaseMs, limits.retryBudgetMs],
    );
    const step = rows[0];
    if (step === undefined) return undefined;
    const lookUpFirst =
      step.effect_key === null ? false : await writeIntent(tx, step.effect_key, step.step_id);
    await tx.query(
      "UPDATE order_revision SET started_at = coalesce(started_at, now()), step_label = $2, updated_at = now() WHERE revision_id = $1",
      [revision.revisionId, step.label],
    );
    if (step.waiting_on === null) {
      await appendJournal(tx, {
        orgId: revision.orgId,
        orderId: revision.orderId,
        revisionId: revision.revisionId,
        stepName: step.name,
        kind: "step_started",
        detail: { label: step.label, attempt: job.attempt, effectKey: step.effect_key, lookUpFirst },
      });
    }
    return {
      stepId: step.step_id,
      attempt: job.attempt,
      failures: step.failures,
      dueAt: step.due_at.toISOString(),
      name: step.name,
      label: step.label,
      module: step.module,
      operation: step.operation,
      lineId: step.line_id,
      unit: step.unit,
      parameters: step.parameters,
      effectKey: step.effect_key,
      lookUpFirst,
      waitingOn: step.waiting_on,
      results: await resultsOf(tx, revision.revisionId),
      revision,
    };
  });
}

/** The row lock that every decision about a revision is made under: without it parallel joins were lost. */
async function lockRevisionOf(
  tx: StoreTransaction,
  stepId: number,
  orgId: string,
): Promise<ClaimedRevision | undefined> {
  const { rows } = await tx.query<{
    revision_id: number;
    org_id: string;
    order_id: string;
    event_total: string | null;
    snapshot: OrderSnapshot | null;
  }>(
    `SELECT revision_id, org_id, order_id, event_total::text, snapshot FROM order_revision
     WHERE revision_id = (SELECT revision_id FROM step WHERE step_id = $1) AND org_id = $2 FOR UPDATE`,
    [stepId, orgId],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    revisionId: row.revision_id,
    orgId: row.org_id,
    orderId: row.order_id,
    eventTotal: row.event_total === null ? null : Number(row.event_total),
    snapshot: row.snapshot,
  };
}

/**
 * Notes that the effect is about to be asked for.
 *
 * @returns whether an earlier intent has no certain answer, or found its effect made: then look before acting.
 */
async function writeIntent(tx: StoreTransaction, effectKey: string, stepId: number): Promise<boolean> {
  const earlier = await tx.query<{ outcome: string | null }>(
    "SELECT outcome FROM effect WHERE effect_key = $1",
    [effectKey],
  );
  await tx.query(
    `INSERT INTO effect (effect_key, step_id) VALUES ($1, $2)
     ON CONFLICT (effect_key) DO UPDATE
       SET step_id = excluded.step_id, intents = effect.intents + 1, intent_at = now(),
           outcome = NULL, answered_at = NULL`,
    [effectKey, stepId],
  );
  const known = earlier.rows[0];
  return known !== undefined && known.outcome !== "not_done";
}

async function resultsOf(tx: StoreTransaction, revisionId: number): Promise<Record<string, JsonObject>> {
  const { rows } = await tx.query<{ name: string; result: JsonObject }>(
    "SELECT name, result FROM step WHERE revision_id = $1 AND state = 'done'",
    [revisionId],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.result]));
}
