import type { JsonObject } from "../orders/json.ts";
import type { RevisionState } from "../orders/revision-state.ts";
import type { AdmittedRequest } from "./admission.ts";
import type { Admitting, KeyedRequest } from "./admit-wave.ts";
import type { ApprovalDecision } from "./decide-approval.ts";
import { markEachDirty, wantActivation } from "./dirty-order.ts";
import { appendToEachOrder } from "./journal.ts";
import type { OrderEntry } from "./journal.ts";
import { resumeByApproval } from "./resume-by-approval.ts";
import type { StoreTransaction } from "./store.ts";

/** The step that every new revision begins with; its plan makes the others. */
export type FirstStep = {
  readonly name: string;
  readonly label: string;
  readonly module: string;
  readonly operation: string;
};

type Decision = Exclude<ApprovalDecision, { readonly kind: "key_of_another_order" }>;

export type DecidedApproval = { readonly request: KeyedRequest; readonly decision: Decision };

/** With the revision that it made, or that stands for it. */
type PlacedApproval = DecidedApproval & { readonly revisionId: number };

/**
 * Turns each approval into a new revision with its first job, or into a note on the revision that stands for it. No
 * two are of one order, and the orders are locked.
 */
export async function admitApprovals(
  tx: StoreTransaction,
  admitting: Admitting,
  approvals: readonly DecidedApproval[],
): Promise<ReadonlyMap<KeyedRequest, AdmittedRequest>> {
  const { orgId } = admitting.batch;
  const placed = await insertRevisions(tx, admitting, approvals);
  const started = placed.filter(({ decision }) => decision.kind === "admitted");
  await insertFirstSteps(tx, started, admitting.firstStep);
  await appendToEachOrder(
    tx,
    orgId,
    placed.map((approval) => noteOf(approval, admitting)),
  );

  // The org has reset the status with the approval, so it is written again whatever it was.
  const dirty = placed.filter(({ decision }) => decision.kind === "admitted" || decision.kind === "absorbed");
  await markEachDirty(
    tx,
    orgId,
    dirty.map((approval) => ({ orderId: orderIdOf(approval), revisionId: workerOf(approval) })),
  );
  for (const { request, decision } of placed) {
    if (decision.kind === "absorbed") await wakeBearer(tx, orgId, request, decision.by);
  }
  return new Map(placed.map((approval) => [approval.request, answer(approval)]));
}

const orderIdOf = ({ request }: DecidedApproval) => request.event.request.orderId;

/** The revision that does the work. */
function workerOf({ decision, revisionId }: PlacedApproval): number {
  return decision.kind === "absorbed" ? decision.by.revisionId : revisionId;
}

async function insertRevisions(
  tx: StoreTransaction,
  { batch }: Admitting,
  approvals: readonly DecidedApproval[],
): Promise<readonly PlacedApproval[]> {
  const fresh = approvals.filter(({ decision }) => decision.kind !== "duplicate");
  const idOf = new Map<string, number>();
  if (fresh.length > 0) {
    const column = <Value>(read: (approval: DecidedApproval) => Value) =>
      fresh.map((approval) => read(approval));
    const { rows } = await tx.query<{ revision_id: number; request_key: string }>(
      `INSERT INTO order_revision (org_id, order_id, request_key, state, absorbed_by,
                                   order_number, account_id, approved_at, event_total, received_at)
       SELECT $1, order_id, request_key, state, absorbed_by::bigint,
              order_number, account_id, approved_at::timestamptz, event_total::numeric, $2::timestamptz
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
         AS approval (order_id, request_key, state, absorbed_by, order_number, account_id, approved_at, event_total)
       RETURNING revision_id, request_key`,
      [
        batch.orgId,
        batch.receivedAt,
        column(orderIdOf),
        column(({ request }) => request.requestKey),
        column(({ decision }) => stateFor(decision)),
        column(({ decision }) => (decision.kind === "absorbed" ? String(decision.by.revisionId) : null)),
        column(({ request }) => request.event.request.orderNumber),
        column(({ request }) => request.event.request.accountId),
        column(({ request }) => request.event.request.approvedAt),
        column(({ request }) => request.event.request.totalAmount?.toString() ?? null),
      ],
    );
    for (const row of rows) idOf.set(row.request_key, row.revision_id);
  }
  return approvals.map(({ request, decision }) => {
    const revisionId = decision.kind === "duplicate" ? decision.of.revisionId : idOf.get(request.requestKey);
    if (revisionId === undefined) throw new Error("an inserted revision did not come back");
    return { request, decision, revisionId };
  });
}

function stateFor(decision: Decision): RevisionState {
  switch (decision.kind) {
    case "admitted":
      return "queued";
    case "absorbed":
      return "absorbed";
    case "before_go_live":
    case "observed":
      return "before_go_live";
    case "duplicate":
      return decision.of.state;
  }
}

async function insertFirstSteps(
  tx: StoreTransaction,
  started: readonly PlacedApproval[],
  first: FirstStep,
): Promise<void> {
  if (started.length === 0) return;
  const { rows } = await tx.query<{ step_id: number; attempt: number }>(
    `INSERT INTO step (revision_id, name, label, module, operation, kind, state, wake_at)
     SELECT revision_id::bigint, $2, $3, $4, $5, 'local', 'ready', now() FROM unnest($1::text[]) AS revision_id
     RETURNING step_id, attempt`,
    [
      started.map(({ revisionId }) => String(revisionId)),
      first.name,
      first.label,
      first.module,
      first.operation,
    ],
  );
  tx.enqueue(
    rows.map((row) => ({ queue: first.module, stepId: row.step_id, attempt: row.attempt, delayMs: 0 })),
  );
}

function noteOf(approval: PlacedApproval, { rules }: Admitting): OrderEntry {
  const { request, decision } = approval;
  const { requestKey } = request;
  const { eventId } = request.event;
  const { approvedAt } = request.event.request;
  const note = (kind: OrderEntry["kind"], detail: JsonObject): OrderEntry => ({
    orderId: orderIdOf(approval),
    revisionId: workerOf(approval),
    kind,
    detail,
  });
  switch (decision.kind) {
    case "admitted":
      return note("received", { requestKey, eventId, approvedAt });
    case "absorbed":
      return note("absorbed", { requestKey, eventId, state: decision.by.state });
    case "duplicate":
      return note("duplicate", { requestKey, eventId });
    case "before_go_live":
      return note("before_go_live", { approvedAt, goLiveAt: rules.goLiveAt });
    case "observed":
      return note("observed", { requestKey, eventId, approvedAt });
  }
}

/** A held order goes on with what was corrected; a completed one is asked to be active again. */
async function wakeBearer(
  tx: StoreTransaction,
  orgId: string,
  { event }: KeyedRequest,
  bearer: { readonly revisionId: number; readonly state: RevisionState },
): Promise<void> {
  const { request } = event;
  const { orderId } = request;
  if (bearer.state === "held" || bearer.state === "customer") {
    await resumeByApproval(tx, { orgId, orderId, revisionId: bearer.revisionId, request });
  }
  if (bearer.state === "completed") await wantActivation(tx, orgId, orderId);
}

function answer({ request, decision, revisionId }: PlacedApproval): AdmittedRequest {
  const { orderId, orderNumber } = request.event.request;
  return {
    kind: "admitted",
    eventId: request.event.eventId,
    disposition: decision.kind,
    orderId,
    orderNumber,
    requestKey: request.requestKey,
    revisionId,
  };
}
