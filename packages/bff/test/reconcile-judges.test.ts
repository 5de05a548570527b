import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComparedOrder } from "../src/orders/approved-order.ts";
import type { RevisionState } from "../src/orders/revision-state.ts";
import { RecordsByKey, judgeRecords } from "../src/provisioning/reconcile/judge-effects.ts";
import { judgeObserved } from "../src/provisioning/reconcile/judge-observed.ts";
import { judgeOrder } from "../src/provisioning/reconcile/judge-order.ts";
import { defaultMapping, orderStandingOf, provisioningStatusOf } from "../src/salesforce/mapping.ts";
import type { LedgerOrder } from "../src/store/compared-orders.ts";
import { orderIdOf, orgId } from "./support/ledger.ts";

const nowMs = Date.parse("2026-11-24T12:00:00Z");
const settled = "2026-11-24T10:00:00.000Z";
const rules = {
  orgId,
  standingOf: (status: string) => orderStandingOf(status, defaultMapping),
  provisioningStatusOf: (state: RevisionState) => provisioningStatusOf(state, defaultMapping),
  isSettled: (modifiedAt: string) => nowMs - Date.parse(modifiedAt) >= 180_000,
};

function ledger(state: RevisionState, changes: Partial<LedgerOrder> = {}): LedgerOrder {
  return {
    orderId: orderIdOf(1),
    orderNumber: "00000001",
    revisionId: 1,
    state,
    errorCode: null,
    heldAsAWhole: false,
    openFallout: [],
    behind: false,
    cameLately: false,
    changedLately: false,
    wouldDo: null,
    ...changes,
  };
}

function shown(status: string, changes: Partial<ComparedOrder> = {}): ComparedOrder {
  return {
    orderId: orderIdOf(1),
    orderNumber: "00000001",
    accountId: null,
    status,
    approvalSequence: 1,
    approvedAt: settled,
    approvedById: null,
    modifiedAt: settled,
    totalAmount: 12,
    provisioningStatus: "In Progress",
    ...changes,
  };
}

const completedThere = { provisioningStatus: "Completed" };
const justChanged = { modifiedAt: "2026-11-24T11:59:00.000Z" };

type Row = readonly [
  says: string,
  ledger: LedgerOrder,
  shown: ComparedOrder | null,
  code: string | undefined,
  repair?: string,
];

const rows: readonly Row[] = [
  ["work goes on", ledger("running"), shown("Approved"), undefined],
  ["a status of the org's own says nothing", ledger("running"), shown("Provisioning"), undefined],
  ["cancelled there", ledger("waiting"), shown("Cancelled"), "CANCELLED_UPSTREAM", "admit"],
  ["cancelled a moment ago", ledger("waiting"), shown("Cancelled", justChanged), undefined],
  ["cancelled, and a person knows", ledger("held", { heldAsAWhole: true }), shown("Cancelled"), undefined],
  ["cancelled, held for a step", ledger("held"), shown("Cancelled"), "CANCELLED_UPSTREAM", "admit"],
  ["not shown", ledger("running"), null, "CANCELLED_UPSTREAM", "hold"],
  ["not shown, came in a moment ago", ledger("queued", { cameLately: true }), null, undefined],
  ["not shown, and held for it", ledger("held", { errorCode: "ORDER_GONE" }), null, undefined],
  ["not shown any more, done here", ledger("completed"), null, undefined],
  ["back in Draft", ledger("running"), shown("Draft"), "ORDER_WITHDRAWN", "hold"],
  [
    "back in review, waiting for the customer",
    ledger("customer"),
    shown("In Review"),
    "ORDER_WITHDRAWN",
    "hold",
  ],
  ["back in Draft to be corrected", ledger("held"), shown("Draft"), undefined],
  ["activated by hand", ledger("running"), shown("Activated"), "STATUS_DRIFT", "ask"],
  [
    "activated by hand, and a person knows",
    ledger("running", { openFallout: ["STATUS_DRIFT"] }),
    shown("Activated"),
    undefined,
  ],
  ["completed", ledger("completed"), shown("Activated", completedThere), undefined],
  [
    "completed, status overwritten",
    ledger("completed"),
    shown("Activated"),
    "WRITE_BACK_BEHIND",
    "write_again",
  ],
  [
    "completed, not activated",
    ledger("completed"),
    shown("Approved", completedThere),
    "WRITE_BACK_BEHIND",
    "write_again",
  ],
  ["completed a moment ago", ledger("completed", { changedLately: true }), shown("Approved"), undefined],
  [
    "completed, cancelled there",
    ledger("completed"),
    shown("Cancelled", completedThere),
    "STATUS_DRIFT",
    "ask",
  ],
  [
    "cancelled on both sides",
    ledger("cancelled"),
    shown("Cancelled", { provisioningStatus: "Cancelled" }),
    undefined,
  ],
  ["cancelled, not told", ledger("cancelled"), shown("Cancelled"), "WRITE_BACK_BEHIND", "write_again"],
  ["held, not told", ledger("held"), shown("Approved"), "WRITE_BACK_BEHIND", "write_again"],
  ["held, about to be told", ledger("held", { behind: true }), shown("Approved"), undefined],
];

for (const [says, known, order, code, repair] of rows) {
  test(`an order: ${says} → ${code ?? "nothing"}`, () => {
    const draft = judgeOrder(rules, known, order);
    assert.deepEqual([draft?.code, draft?.repair?.kind], [code, repair]);
  });
}

const observed = [
  ["provision", "Activated", settled, "agrees"],
  ["provision", "Approved", settled, "differs"],
  ["provision", "Approved", "2026-11-24T11:30:00.000Z", "undecided"],
  ["provision", "Cancelled", settled, "undecided"],
  ["hold", "Approved", settled, "agrees"],
  ["hold", "Activated", settled, "differs"],
  ["nothing", "Cancelled", settled, "agrees"],
  ["nothing", "Activated", settled, "differs"],
] as const;

for (const [wouldDo, status, approvedAt, expected] of observed) {
  test(`observed: would ${wouldDo}, ${status}, approved at ${approvedAt} → ${expected}`, () => {
    const known = { ...ledger("before_go_live"), wouldDo };
    const verdict = judgeObserved(known, shown(status, { approvedAt }), rules.standingOf(status), nowMs);
    assert.equal(typeof verdict === "string" ? verdict : "differs", expected);
  });
}

test("a record listed twice is one, and what has ended neither doubles nor is an orphan", () => {
  const key = "ab".repeat(20);
  const record = { operation: "add-order", effectKey: key, at: settled };
  const records = new RecordsByKey();
  records.add({ ...record, reference: "1", isInForce: true });
  records.add({ ...record, reference: "1", isInForce: true });
  records.add({ ...record, reference: "2", isInForce: false });
  records.add({ ...record, effectKey: "the key of another program", reference: "3", isInForce: true });
  assert.equal(records.size, 1);
  const [batch] = [...records.batches(10)];
  assert.deepEqual(batch?.get(key), { operation: "add-order", inForce: ["1"] });
  const ended = { operation: "add-order", inForce: [] };
  assert.deepEqual(judgeRecords("billing", key, ended, undefined), []);
});
