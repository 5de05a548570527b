import type { FailureClass } from "../orders/failure.ts";
import type { RevisionState, StepState } from "../orders/revision-state.ts";
import { isUnfinished, rollUp } from "../orders/revision-state.ts";
import { markDirty, wantActivation } from "../store/dirty-order.ts";
import { appendJournal } from "../store/journal.ts";
import type { StoreTransaction } from "../store/store.ts";
import type { ClaimedRevision } from "./claim.ts";

type StepRow = {
  state: StepState;
  error_class: FailureClass | null;
  error_code: string | null;
  error_summary: string | null;
  waits: boolean;
};

/** People wait for these; progress between them may be sent a moment later. */
const toldAtOnce: ReadonlySet<RevisionState> = new Set(["completed", "cancelled", "held", "customer"]);

/**
 * Derives the revision's state from its steps, writes it, and marks the order dirty when people would see a change.
 * The caller holds the revision's lock.
 *
 * @param progressed false when a step was only asked whether it is finished, and is not.
 */
export async function rollUpRevision(
  tx: StoreTransaction,
  revision: ClaimedRevision,
  progressed: boolean,
): Promise<void> {
  const { revisionId, orgId, orderId } = revision;
  const before = await currentState(tx, revisionId);
  const { rows } = await tx.query<StepRow>(
    `SELECT state, error_class, error_code, error_summary, waiting_on IS NOT NULL AND failures = 0 AS waits
     FROM step WHERE revision_id = $1 ORDER BY step_id`,
    [revisionId],
  );
  const next = before.heldAsAWhole ? before.state : nextState(before.state, rows);
  const failed =
    rows.find((row) => row.state === "failed" && row.error_class !== "customer") ??
    rows.find((row) => row.state === "failed");
  if (!before.heldAsAWhole) {
    await tx.query(
      `UPDATE order_revision
       SET state = $2, updated_at = now(), error_code = $3, error_message = $4,
           completed_at = CASE WHEN $2 IN ('completed', 'cancelled', 'failed') THEN coalesce(completed_at, now()) END,
           step_label = CASE WHEN $2 = 'completed' THEN NULL ELSE step_label END
       WHERE revision_id = $1`,
      [revisionId, next, failed?.error_code ?? null, failed?.error_summary ?? null],
    );
  }
  if (next !== before.state) {
    await appendJournal(tx, {
      orgId,
      orderId,
      revisionId,
      kind: "state",
      detail: { from: before.state, to: next },
    });
  }
  if (next === before.state && next !== "cancelled" && !progressed) return;
  const atOnce = toldAtOnce.has(next) && (next !== before.state || next === "cancelled");
  await markDirty(tx, orgId, orderId, revisionId, atOnce ? "at_once" : "linger");
  if (next === "completed") await wantActivation(tx, orgId, orderId);
}

function nextState(before: RevisionState, steps: readonly StepRow[]): RevisionState {
  if (!isUnfinished(before)) return before;
  const rolled = rollUp(
    steps.map((step) => ({
      state: step.state,
      failureClass: step.error_class,
      waitsForDownstream: step.waits,
    })),
  );
  // Until the order is planned it is only acknowledged, however often its reading is retried.
  const planned = steps.length > 1 && steps[0]?.state === "done";
  return rolled === "running" && !planned ? "queued" : rolled;
}

type CurrentState = {
  readonly state: RevisionState;
  /** The hold is about the order, not about a step, so steps that finish do not lift it. */
  readonly heldAsAWhole: boolean;
};

export async function currentState(tx: StoreTransaction, revisionId: number): Promise<CurrentState> {
  const { rows } = await tx.query<{ state: RevisionState; held_as_a_whole: boolean }>(
    `SELECT state, EXISTS (SELECT 1 FROM fallout f WHERE f.revision_id = r.revision_id
                           AND f.step_id IS NULL AND f.resolved_at IS NULL) AS held_as_a_whole
     FROM order_revision r WHERE revision_id = $1`,
    [revisionId],
  );
  const row = rows[0];
  if (row === undefined) throw new Error(`revision ${revisionId} is gone although it is locked`);
  return { state: row.state, heldAsAWhole: row.held_as_a_whole };
}
