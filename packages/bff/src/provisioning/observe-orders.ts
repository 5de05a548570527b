import type { JsonObject } from "../orders/json.ts";
import { appendJournal } from "../store/journal.ts";
import { lockRevision } from "../store/lock-revision.ts";
import type { Store } from "../store/store.ts";
import type { ClaimedRevision } from "./claim.ts";
import type { StepOutcome } from "./step-outcome.ts";
import { validateOrder } from "./validate-order.ts";
import type { ValidateDeps } from "./validate-order.ts";

const AT_ONCE = 20;
const IDLE_MS = 1_000;
const AFTER_PROBLEM_MS = 10_000;

export type ObserveDeps = {
  readonly store: Store;
  readonly orgId: string;
  readonly validation: ValidateDeps;
  waitForChange(delayMs: number, signal: AbortSignal): Promise<void>;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  onProblem(message: string): void;
};

/**
 * Plans what came while observing, and writes down what would have been done: nothing is claimed, no module is called
 * and nothing goes back to Salesforce. Runs until `signal` aborts.
 */
export async function runObserver(deps: ObserveDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const planned = await planObserved(deps, signal);
      if (planned < AT_ONCE) await deps.waitForChange(IDLE_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      deps.onProblem(error instanceof Error ? error.message : String(error));
      await deps.sleep(AFTER_PROBLEM_MS, signal).catch(() => undefined);
    }
  }
}

async function planObserved(deps: ObserveDeps, signal: AbortSignal): Promise<number> {
  const { rows } = await deps.store.query<{
    revision_id: number;
    order_id: string;
    event_total: string | null;
  }>(
    `SELECT r.revision_id, r.order_id, r.event_total::text FROM order_revision r
     WHERE r.org_id = $1 AND r.state = 'before_go_live' AND r.observed_plan IS NULL
       AND EXISTS (SELECT 1 FROM inbox i WHERE i.revision_id = r.revision_id AND i.disposition = 'observed')
     ORDER BY r.revision_id LIMIT $2`,
    [deps.orgId, AT_ONCE],
  );
  for (const row of rows) {
    const revision: ClaimedRevision = {
      revisionId: row.revision_id,
      orgId: deps.orgId,
      orderId: row.order_id,
      eventTotal: row.event_total === null ? null : Number(row.event_total),
      snapshot: null,
    };
    const outcome = await validateOrder(deps.validation, revision, signal);
    if (outcome.kind === "failed") throw new Error(outcome.failure.summary);
    await keep(deps.store, revision, wordsOf(outcome));
  }
  return rows.length;
}

/** What would have been done, as it is kept and shown. */
function wordsOf(outcome: StepOutcome): JsonObject {
  switch (outcome.kind) {
    case "planned":
      return { would: "provision", steps: outcome.steps.map(({ label }) => label) };
    case "held":
      return { would: "hold", code: outcome.failure.code, summary: outcome.failure.summary };
    case "void":
      return { would: "nothing", reason: outcome.reason };
    case "done":
    case "waiting":
    case "failed":
      throw new Error(`validating an order cannot give ${outcome.kind}`);
  }
}

async function keep(store: Store, revision: ClaimedRevision, plan: JsonObject): Promise<void> {
  const { revisionId, orgId, orderId } = revision;
  await store.transaction(async (tx) => {
    await lockRevision(tx, revisionId);
    const kept = await tx.query(
      "UPDATE order_revision SET observed_plan = $2::jsonb, updated_at = now() WHERE revision_id = $1 AND observed_plan IS NULL",
      [revisionId, JSON.stringify(plan)],
    );
    // Another replica may have planned it meanwhile.
    if (kept.rowCount > 0)
      await appendJournal(tx, { orgId, orderId, revisionId, kind: "would_do", detail: plan });
  });
}
