import type { ProvisionRequest } from "../orders/provision-request.ts";
import { requestKeyOf } from "../orders/provision-request.ts";
import { isUnfinished } from "../orders/revision-state.ts";
import type { RevisionState } from "../orders/revision-state.ts";
import type { AdmittedRequest } from "./admission.ts";
import type { FirstStep } from "./admit.ts";
import { markDirty, wantActivation } from "./dirty-order.ts";
import { appendJournal } from "./journal.ts";
import { resumeByApproval } from "./resume-by-approval.ts";
import type { StoreTransaction } from "./store.ts";

type Existing = { revision_id: number; request_key: string; state: RevisionState };

/** Turns one approval into a new revision with its first job, or into a note on the revision that stands for it. */
export async function admitProvision(
  tx: StoreTransaction,
  rules: { readonly firstStep: FirstStep; readonly goLiveAt: string },
  orgId: string,
  eventId: string,
  request: ProvisionRequest,
): Promise<AdmittedRequest> {
  const { orderId } = request;
  const requestKey = requestKeyOf(request, eventId);
  const answer = (disposition: AdmittedRequest["disposition"], revisionId: number): AdmittedRequest => ({
    kind: "admitted",
    eventId,
    disposition,
    orderId,
    orderNumber: request.orderNumber,
    requestKey,
    revisionId,
  });

  // Every decision about an order is made under the locks of its revisions.
  const { rows: revisions } = await tx.query<Existing>(
    `SELECT revision_id, request_key, state FROM order_revision
     WHERE org_id = $1 AND order_id = $2 ORDER BY revision_id FOR UPDATE`,
    [orgId, orderId],
  );
  const same = revisions.find((revision) => revision.request_key === requestKey);
  if (same !== undefined) {
    await note(tx, orgId, orderId, same.revision_id, "duplicate", { requestKey, eventId });
    return answer("duplicate", same.revision_id);
  }

  if (request.approvedAt !== null && isBefore(request.approvedAt, rules.goLiveAt)) {
    const id = await insertRevision(tx, orgId, requestKey, request, "before_go_live", null);
    await note(tx, orgId, orderId, id, "before_go_live", {
      approvedAt: request.approvedAt,
      goLiveAt: rules.goLiveAt,
    });
    return answer("before_go_live", id);
  }

  const bearer = revisions.findLast(({ state }) => bearsFurtherApprovals(state));
  if (bearer !== undefined) {
    const id = await insertRevision(tx, orgId, requestKey, request, "absorbed", bearer.revision_id);
    await note(tx, orgId, orderId, bearer.revision_id, "absorbed", {
      requestKey,
      eventId,
      state: bearer.state,
    });
    if (bearer.state === "held" || bearer.state === "customer") {
      await resumeByApproval(tx, { orgId, orderId, revisionId: bearer.revision_id, request });
    }
    // The org has reset the status with the approval, so it is written again whatever it was.
    await markDirty(tx, orgId, orderId, bearer.revision_id, "at_once");
    if (bearer.state === "completed") await wantActivation(tx, orgId, orderId);
    return answer("absorbed", id);
  }

  const id = await insertRevision(tx, orgId, requestKey, request, "queued", null);
  await insertFirstStep(tx, id, rules.firstStep);
  await note(tx, orgId, orderId, id, "received", { requestKey, eventId, approvedAt: request.approvedAt });
  await markDirty(tx, orgId, orderId, id, "at_once");
  return answer("admitted", id);
}

/** Compares whole seconds: Salesforce cuts the rest of a time, so an approval just after go-live may seem earlier. */
function isBefore(approvedAt: string, goLiveAt: string): boolean {
  return Math.floor(Date.parse(approvedAt) / 1000) < Math.floor(Date.parse(goLiveAt) / 1000);
}

/** A cancelled or failed order can be approved anew; in all these states the revision at hand does the work. */
function bearsFurtherApprovals(state: RevisionState): boolean {
  return isUnfinished(state) || state === "completed";
}

async function insertRevision(
  tx: StoreTransaction,
  orgId: string,
  requestKey: string,
  request: ProvisionRequest,
  state: RevisionState,
  absorbedBy: number | null,
): Promise<number> {
  const { rows } = await tx.query<{ revision_id: number }>(
    `INSERT INTO order_revision (org_id, order_id, request_key, state, absorbed_by,
                                 order_number, account_id, approved_at, event_total)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING revision_id`,
    [
      orgId,
      request.orderId,
      requestKey,
      state,
      absorbedBy,
      request.orderNumber,
      request.accountId,
      request.approvedAt,
      request.totalAmount,
    ],
  );
  const row = rows[0];
  if (row === undefined) throw new Error("the inserted revision did not come back");
  return row.revision_id;
}

async function insertFirstStep(tx: StoreTransaction, revisionId: number, first: FirstStep): Promise<void> {
  const { rows } = await tx.query<{ step_id: number; attempt: number }>(
    `INSERT INTO step (revision_id, name, label, module, operation, kind, state, wake_at)
     VALUES ($1, $2, $3, $4, $5, 'local', 'ready', now()) RETURNING step_id, attempt`,
    [revisionId, first.name, first.label, first.module, first.operation],
  );
  tx.enqueue(
    rows.map((row) => ({ queue: first.module, stepId: row.step_id, attempt: row.attempt, delayMs: 0 })),
  );
}

async function note(
  tx: StoreTransaction,
  orgId: string,
  orderId: string,
  revisionId: number,
  kind: "received" | "duplicate" | "absorbed" | "before_go_live",
  detail: Readonly<Record<string, string | null>>,
): Promise<void> {
  await appendJournal(tx, { orgId, orderId, revisionId, kind, detail });
}
