import type { OrderSnapshot } from "../orders/order.ts";
import { effectKeyOf } from "../orders/effect-key.ts";
import type { StoreTransaction } from "../store/store.ts";
import type { ClaimedRevision } from "./claim.ts";
import { LOCAL_MODULE } from "./first-step.ts";
import type { PlannedStep } from "./planned-step.ts";

/**
 * Labels of steps whose effect may exist and that a new plan leaves out or wants otherwise: the order was changed
 * after they were done.
 */
export async function contradictedSteps(
  tx: StoreTransaction,
  revisionId: number,
  steps: readonly PlannedStep[],
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ label: string }>(
    `SELECT step.label FROM step
     JOIN effect ON effect.effect_key = step.effect_key AND effect.outcome IS DISTINCT FROM 'not_done'
     LEFT JOIN jsonb_to_recordset($2::jsonb) AS planned (name text, parameters jsonb) ON planned.name = step.name
     WHERE step.revision_id = $1 AND planned.parameters IS DISTINCT FROM step.parameters
     ORDER BY step.step_id`,
    [revisionId, JSON.stringify(steps.map(({ name, parameters }) => ({ name, parameters })))],
  );
  return rows.map((row) => row.label);
}

/**
 * Writes the plan with the order that it was made from. When the order is planned again (approved again after a hold)
 * steps that are done stay so; those not yet begun take the new parameters, or are skipped when the plan has them no
 * more.
 */
export async function insertPlan(
  tx: StoreTransaction,
  revision: ClaimedRevision,
  order: OrderSnapshot,
  steps: readonly PlannedStep[],
): Promise<void> {
  const { revisionId } = revision;
  await keepSnapshot(tx, revision, order);
  const rows = steps.map((step) => toRow(revision, step));
  await tx.query(
    `INSERT INTO step (revision_id, name, label, module, operation, kind, line_id, unit, parameters, effect_key, state)
     SELECT $1, name, label, module, operation, kind, line_id, unit, parameters, effect_key, 'pending'
     FROM jsonb_to_recordset($2::jsonb) AS planned (
       name text, label text, module text, operation text, kind text, line_id text, unit integer,
       parameters jsonb, effect_key text)
     ON CONFLICT (revision_id, name) DO UPDATE
       SET label = excluded.label, parameters = excluded.parameters WHERE step.state = 'pending'`,
    [revisionId, JSON.stringify(rows)],
  );
  await tx.query(
    `UPDATE step SET state = 'skipped' WHERE revision_id = $1 AND state = 'pending' AND NOT name = ANY ($2::text[])`,
    [revisionId, steps.map((step) => step.name)],
  );
  await tx.query(
    "DELETE FROM step_dependency WHERE step_id IN (SELECT step_id FROM step WHERE revision_id = $1)",
    [revisionId],
  );
  const edges = steps.flatMap((step) => step.after.map((before) => ({ name: step.name, before })));
  await tx.query(
    `INSERT INTO step_dependency (step_id, depends_on)
     SELECT step.step_id, earlier.step_id
     FROM jsonb_to_recordset($2::jsonb) AS edge (name text, before text)
     JOIN step ON step.revision_id = $1 AND step.name = edge.name
     JOIN step AS earlier ON earlier.revision_id = $1 AND earlier.name = edge.before`,
    [revisionId, JSON.stringify(edges)],
  );
}

/** The order as this revision sees it: what people are shown, and what its steps work with. */
export async function keepSnapshot(
  tx: StoreTransaction,
  revision: ClaimedRevision,
  order: OrderSnapshot,
): Promise<void> {
  await tx.query(
    "UPDATE order_revision SET snapshot = $2::jsonb, order_number = $3, account_id = $4 WHERE revision_id = $1",
    [revision.revisionId, JSON.stringify(order), order.orderNumber, order.accountId],
  );
}

function toRow(revision: ClaimedRevision, step: PlannedStep) {
  const { orgId, orderId } = revision;
  const effectKey =
    step.module === LOCAL_MODULE
      ? null
      : effectKeyOf({
          orgId,
          orderId,
          lineId: step.lineId,
          unit: step.unit,
          step: step.operation,
          purchase: 1,
        });
  return {
    name: step.name,
    label: step.label.slice(0, 80),
    module: step.module,
    operation: step.operation,
    kind: step.kind,
    line_id: step.lineId,
    unit: step.unit,
    parameters: step.parameters,
    effect_key: effectKey,
  };
}

/** A step that is due now; its job still has to be added. */
export type ReadyStep = { readonly stepId: number; readonly attempt: number; readonly module: string };

/** Makes every pending step ready whose predecessors are all done. The caller holds the revision's lock. */
export async function readySuccessors(
  tx: StoreTransaction,
  revisionId: number,
): Promise<readonly ReadyStep[]> {
  const { rows } = await tx.query<{ step_id: number; attempt: number; module: string }>(
    `UPDATE step SET state = 'ready', wake_at = now()
     WHERE revision_id = $1 AND state = 'pending' AND NOT EXISTS (
       SELECT 1 FROM step_dependency
       JOIN step AS earlier ON earlier.step_id = step_dependency.depends_on
       WHERE step_dependency.step_id = step.step_id AND earlier.state <> 'done')
     RETURNING step_id, attempt, module`,
    [revisionId],
  );
  return rows.map((row) => ({ stepId: row.step_id, attempt: row.attempt, module: row.module }));
}

export function enqueueReadySteps(tx: StoreTransaction, steps: readonly ReadyStep[]): void {
  tx.enqueue(
    steps.map((step) => ({ queue: step.module, stepId: step.stepId, attempt: step.attempt, delayMs: 0 })),
  );
}
