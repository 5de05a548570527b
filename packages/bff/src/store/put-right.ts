import type { RevisionState } from "../orders/revision-state.ts";
import { isUnfinished } from "../orders/revision-state.ts";
import { markDirty, wantActivation } from "./dirty-order.ts";
import { appendJournal } from "./journal.ts";
import { lockRevision } from "./lock-revision.ts";
import type { Store, StoreTransaction } from "./store.ts";

/** What became of putting something right. `changed`: it was not so any more, and nothing was done. */
export type PutRight = "repaired" | "handed_over" | "changed";

/** The order whose revision is put right; `state` is the one it was seen in. */
export type SeenRevision = {
  readonly orgId: string;
  readonly orderId: string;
  readonly revisionId: number;
  readonly state: RevisionState;
};

export type Question = { readonly code: string; readonly summary: string };

/** Holds the revision as a whole: what waits does not begin, what is at work finishes, and a person decides. */
export async function holdRevision(store: Store, seen: SeenRevision, question: Question): Promise<PutRight> {
  return store.transaction(async (tx) => {
    const state = await lockedState(tx, seen.revisionId);
    if (state === undefined || !isUnfinished(state) || state === "cancelling") return "changed";
    await tx.query(
      "UPDATE step SET state = 'skipped' WHERE revision_id = $1 AND state IN ('pending', 'ready')",
      [seen.revisionId],
    );
    await tx.query(
      `UPDATE order_revision SET state = 'held', error_code = $2, error_message = $3, updated_at = now()
       WHERE revision_id = $1`,
      [seen.revisionId, question.code, question.summary],
    );
    await ask(tx, seen.revisionId, null, question);
    const { orgId, orderId, revisionId } = seen;
    const detail = { from: state, to: "held", code: question.code };
    await appendJournal(tx, { orgId, orderId, revisionId, kind: "state", detail });
    await markDirty(tx, orgId, orderId, revisionId, "at_once");
    return "handed_over";
  });
}

/**
 * Asks a person and lets the work go on. The question is about the first unfinished step, because one about the order
 * as a whole would hold it.
 */
export async function askAboutRevision(
  store: Store,
  seen: SeenRevision,
  question: Question,
): Promise<PutRight> {
  return store.transaction(async (tx) => {
    const state = await lockedState(tx, seen.revisionId);
    if (state === undefined || isUnfinished(state) !== isUnfinished(seen.state)) return "changed";
    const { rows } = await tx.query<{ step_id: number }>(
      `SELECT step_id FROM step WHERE revision_id = $1 AND state NOT IN ('done', 'skipped') ORDER BY step_id LIMIT 1`,
      [seen.revisionId],
    );
    await ask(tx, seen.revisionId, rows[0]?.step_id ?? null, question);
    return "handed_over";
  });
}

/** Has the order's state written to Salesforce again, and its activation if wanted. */
export async function writeAgain(store: Store, seen: SeenRevision, activate: boolean): Promise<PutRight> {
  return store.transaction(async (tx) => {
    if ((await lockedState(tx, seen.revisionId)) !== seen.state) return "changed";
    await markDirty(tx, seen.orgId, seen.orderId, seen.revisionId, "at_once");
    if (activate) await wantActivation(tx, seen.orgId, seen.orderId);
    return "repaired";
  });
}

/**
 * Makes the ledger doubt an effect that it took for not made: whoever tries again looks first, and finds it. A person
 * is asked when nobody will try by itself.
 */
export async function doubtEffect(store: Store, effectKey: string, question: Question): Promise<PutRight> {
  return store.transaction(async (tx) => {
    const owner = await tx.query<{ revision_id: number; step_id: number }>(
      "SELECT s.revision_id, s.step_id FROM effect e JOIN step s USING (step_id) WHERE e.effect_key = $1",
      [effectKey],
    );
    const [effect] = owner.rows;
    if (effect === undefined) return "changed";
    const state = await lockedState(tx, effect.revision_id);
    const doubted = await tx.query(
      `UPDATE effect SET outcome = 'unknown', answered_at = now()
       WHERE effect_key = $1 AND step_id = $2 AND outcome = 'not_done'`,
      [effectKey, effect.step_id],
    );
    if (doubted.rowCount === 0 || state === undefined) return "changed";
    const tried = await tx.query(
      "SELECT 1 FROM step WHERE step_id = $1 AND state IN ('pending', 'ready', 'running')",
      [effect.step_id],
    );
    if (isUnfinished(state) && tried.rows.length > 0) return "repaired";
    await ask(tx, effect.revision_id, isUnfinished(state) ? effect.step_id : null, question);
    return "handed_over";
  });
}

async function lockedState(tx: StoreTransaction, revisionId: number): Promise<RevisionState | undefined> {
  await lockRevision(tx, revisionId);
  const { rows } = await tx.query<{ state: RevisionState }>(
    "SELECT state FROM order_revision WHERE revision_id = $1",
    [revisionId],
  );
  return rows[0]?.state;
}

async function ask(
  tx: StoreTransaction,
  revisionId: number,
  stepId: number | null,
  { code, summary }: Question,
): Promise<void> {
  await tx.query(
    `INSERT INTO fallout (revision_id, step_id, code, class, summary) VALUES ($1, $2, $3, 'needs_operator', $4)
     ON CONFLICT (revision_id, step_id) WHERE resolved_at IS NULL
     DO UPDATE SET code = excluded.code, class = excluded.class, summary = excluded.summary,
                   occurrences = fallout.occurrences + 1, last_seen = now()`,
    [revisionId, stepId, code, summary.slice(0, 500)],
  );
}
