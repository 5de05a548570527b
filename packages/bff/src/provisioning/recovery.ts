import { appendJournal } from "../store/journal.ts";
import type { Store } from "../store/store.ts";

export type Recovered = { readonly restarted: number; readonly woken: number };

/**
 * Brings steps back whose process is gone.
 *
 * @param scope `all_running`: at the start of the embedded database, which serves one process only: whatever is
 *   running there lost its process. `expired`: only what outlived its lease, since other workers may be alive.
 * @returns how many steps lost their worker, and how many were due without having begun.
 */
export async function recoverSteps(
  store: Store,
  orgId: string,
  scope: "all_running" | "expired",
): Promise<Recovered> {
  const restarted = await restartLost(store, orgId, scope);
  const woken = await wakeOverdue(store, orgId, scope);
  return { restarted, woken };
}

async function restartLost(store: Store, orgId: string, scope: "all_running" | "expired"): Promise<number> {
  const { rows: lost } = await store.query<{ step_id: number; revision_id: number }>(
    `SELECT step_id, revision_id FROM step JOIN order_revision USING (revision_id)
     WHERE step.state = 'running' AND org_id = $2 AND ($1::boolean OR lease_until < now()) ORDER BY step_id`,
    [scope === "all_running", orgId],
  );
  let restarted = 0;
  for (const { step_id: stepId, revision_id: revisionId } of lost) {
    await store.transaction(async (tx) => {
      const revision = await tx.query<{ org_id: string; order_id: string }>(
        "SELECT org_id, order_id FROM order_revision WHERE revision_id = $1 FOR UPDATE",
        [revisionId],
      );
      const { rows } = await tx.query<{ attempt: number; module: string; name: string; label: string }>(
        `UPDATE step SET state = 'ready', lease_until = NULL, attempt = attempt + 1, wake_at = now()
         WHERE step_id = $1 AND state = 'running' AND ($2::boolean OR lease_until < now())
         RETURNING attempt, module, name, label`,
        [stepId, scope === "all_running"],
      );
      const [step] = rows;
      const [owner] = revision.rows;
      if (step === undefined || owner === undefined) return;
      tx.enqueue([{ queue: step.module, stepId, attempt: step.attempt, delayMs: 0 }]);
      await appendJournal(tx, {
        orgId: owner.org_id,
        orderId: owner.order_id,
        revisionId,
        stepName: step.name,
        kind: "step_recovered",
        detail: { label: step.label, attempt: step.attempt },
      });
      restarted += 1;
    });
  }
  return restarted;
}

/** How long a due step may wait for its job before the sweeper adds another; a full queue is no reason to hurry. */
const OVERDUE_MS = 60_000;

/**
 * Adds a job for each step that is due and not begun: its own may have been taken by the process that died, or by a
 * queue that lost its contents. A job that is still there has the same id, so that this one changes nothing; should
 * both run, the second claim finds nothing to do.
 */
async function wakeOverdue(store: Store, orgId: string, scope: "all_running" | "expired"): Promise<number> {
  return store.transaction(async (tx) => {
    const { rows } = await tx.query<{ step_id: number; attempt: number; module: string; delay_ms: number }>(
      `SELECT step_id, attempt, module FROM step JOIN order_revision USING (revision_id)
       WHERE step.state = 'ready' AND org_id = $2 AND wake_at < now() - $1::integer * interval '1 millisecond'
       ORDER BY wake_at LIMIT 10000`,
      [scope === "all_running" ? 0 : OVERDUE_MS, orgId],
    );
    tx.enqueue(
      rows.map((row) => ({ queue: row.module, stepId: row.step_id, attempt: row.attempt, delayMs: 0 })),
    );
    return rows.length;
  });
}
