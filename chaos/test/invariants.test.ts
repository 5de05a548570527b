import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evidence } from "../invariants/evidence.ts";
import { judge } from "../invariants/judge.ts";
import type { BusEvent } from "../org/bus-recorder.ts";
import type { StoreRecords } from "../store/store-records.ts";

const orderId = "801Hs0000000101IAA";
const requestKey = `${orderId}-1-P`;
const event: BusEvent = { eventId: "e1", replayId: id(10), orderId, requestKey, isCancel: false };
const row = { eventId: "e1", orderId, requestKey, disposition: "admitted", revisionId: 1, deliveries: 1 };
const revision = { revisionId: 1, orderId, requestKey, state: "completed", steps: 6, todo: null };

test("nothing is broken when one order was approved, received and provisioned once", () => {
  assert.deepEqual(brokenIn(evidence()), []);
});

test("an event before the cursor that nobody received breaks 2 and 6", () => {
  assert.deepEqual(brokenIn(evidence({ store: { inbox: [], revisions: [] } })), [2, 6]);
});

test("an event that the sweep replaced after the cursor passed it breaks 2 and 6 all the same", () => {
  const swept = { ...row, eventId: `sweep-${requestKey}` };
  assert.deepEqual(brokenIn(evidence({ store: { inbox: [swept] } })), [2, 6]);
});

test("an event that a reset of the stream took away is no breach when its approval was found", () => {
  const later = { ...event, eventId: "e2", replayId: id(90_000) };
  const generations = [{ events: [event] }, { events: [later] }];
  const moves = [{ seq: 1, epoch: 1, replayId: id(90_000), by: "a" }];
  const swept = { ...row, eventId: `sweep-${requestKey}` };
  const duplicate = { ...row, eventId: "e2", disposition: "duplicate" };
  const gap = { gapId: 1, cause: "replay_id_rejected", isClosed: true, lastCheck: { seen: 1 } };
  const store = { inbox: [swept, duplicate], cursorMoves: moves, cursor: id(90_000), gaps: [gap] };
  assert.deepEqual(brokenIn(evidence({ generations, store })), []);
});

test("a position of a stream that was reset and has had no event since is not taken for one of an older stream", () => {
  const later = { ...event, eventId: "e2", replayId: id(900_000_000) };
  const generations = [{ events: [event] }, { events: [later] }, { events: [] }];
  const moves = [900_000_000, 50_000_000].map((at, n) => ({
    seq: n + 1,
    epoch: 1,
    replayId: id(at),
    by: "a",
  }));
  const swept = { ...row, eventId: `sweep-${requestKey}` };
  const duplicate = { ...row, eventId: "e2", disposition: "duplicate" };
  const gaps = [1, 2].map((gapId) => ({
    gapId,
    cause: "replay_id_rejected",
    isClosed: true,
    lastCheck: { seen: 1 },
  }));
  const store = { inbox: [swept, duplicate], cursorMoves: moves, cursor: id(50_000_000), gaps };
  assert.deepEqual(brokenIn(evidence({ generations, store })), []);
});

test("an event that is in the inbox twice breaks 2 and 3", () => {
  assert.deepEqual(brokenIn(evidence({ store: { inbox: [row, row] } })), [2, 3]);
});

test("two revisions of one request break 3", () => {
  assert.deepEqual(
    brokenIn(evidence({ store: { revisions: [revision, { ...revision, revisionId: 2 }] } })),
    [3],
  );
});

test("an effect that happened twice under one key breaks 4, a mail does not", () => {
  const order = { operation: "billing.AddOrder", key: "k1" };
  const mail = { operation: "mail.Send", key: "k2" };
  assert.deepEqual(brokenIn(evidence({ effects: [order, order] })), [4]);
  assert.deepEqual(brokenIn(evidence({ effects: [order, mail, mail] })), []);
});

test("an effect under a key that Sluice does not know breaks 4", () => {
  assert.deepEqual(brokenIn(evidence({ effects: [{ operation: "billing.AddOrder", key: "k9" }] })), [4]);
});

test("a cursor that goes back, or an older epoch, breaks 5", () => {
  const back = [
    { seq: 1, epoch: 1, replayId: id(12), by: "a" },
    { seq: 2, epoch: 1, replayId: id(10), by: "a" },
  ];
  const older = [
    { seq: 1, epoch: 2, replayId: id(10), by: "a" },
    { seq: 2, epoch: 1, replayId: id(10), by: "a" },
  ];
  assert.deepEqual(brokenIn(evidence({ store: { cursorMoves: back } })), [5]);
  assert.deepEqual(brokenIn(evidence({ store: { cursorMoves: older } })), [5]);
});

test("a change of the cursor by another process than the one that took the epoch breaks 5", () => {
  const moves = [
    { seq: 1, epoch: 1, replayId: null, by: "a" },
    { seq: 2, epoch: 2, replayId: null, by: "b" },
    { seq: 3, epoch: 2, replayId: id(10), by: "a" },
  ];
  assert.deepEqual(brokenIn(evidence({ store: { cursorMoves: moves } })), [5]);
});

test("a gap that is open, or was closed without a check, breaks 7", () => {
  const gap = { gapId: 1, cause: "replay_id_rejected", isClosed: false, lastCheck: null };
  assert.deepEqual(brokenIn(evidence({ store: { gaps: [gap] } })), [7]);
  assert.deepEqual(brokenIn(evidence({ store: { gaps: [{ ...gap, isClosed: true }] } })), [7]);
});

test("an order that was approved before go-live and was started breaks 8", () => {
  assert.deepEqual(brokenIn(evidence({ beforeGoLive: new Set([orderId]) })), [8]);
});

test("an approval that the campaign did not give breaks 9", () => {
  assert.deepEqual(brokenIn(evidence({ approvals: new Map([[orderId, 2]]) })), [9]);
});

test("an order that is still on its way, or that is gone, breaks 10", () => {
  assert.deepEqual(brokenIn(evidence({ status: "In Progress" })), [10]);
  assert.deepEqual(
    brokenIn(
      evidence({
        approvals: new Map([
          [orderId, 1],
          ["801Hs0000000102IAA", 1],
        ]),
      }),
    ),
    [10],
  );
});

type Changes = Partial<Pick<Evidence, "generations" | "approvals" | "beforeGoLive">> & {
  readonly store?: Partial<StoreRecords>;
  readonly effects?: Evidence["downstreams"]["effects"];
  readonly status?: string;
};

function evidence({ store = {}, effects = [], status = "Completed", ...changes }: Changes = {}): Evidence {
  return {
    orders: [
      {
        Id: orderId,
        Status: "Activated",
        Approval_Sequence__c: 1,
        Provisioning_Status__c: status,
        Provisioning_Version__c: 5,
        Provisioning_Error_Code__c: null,
      },
    ],
    approvals: new Map([[orderId, 1]]),
    beforeGoLive: new Set(),
    generations: [{ events: [event] }],
    lost: new Set(),
    reusedIds: new Set(),
    downstreams: { effects, unanswered: 0 },
    fallenVersions: [],
    ...changes,
    store: {
      inbox: [row],
      quarantine: [],
      revisions: [revision],
      gaps: [],
      effects: ["k1", "k2"].map((key) => ({ key, orderId, revisionState: "completed" })),
      cursorMoves: [{ seq: 1, epoch: 1, replayId: id(10), by: "a" }],
      cursor: id(10),
      ...store,
    },
  };
}

function brokenIn(seen: Evidence): readonly number[] {
  return judge(seen).flatMap(({ invariant, broken }) => (broken.length > 0 ? [invariant] : []));
}

/** A replay id as the emulator makes it: a number of 8 bytes and two zero bytes. */
function id(number: number): string {
  return `${number.toString(16).padStart(16, "0")}0000`;
}
