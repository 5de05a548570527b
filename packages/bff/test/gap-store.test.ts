import assert from "node:assert/strict";
import { foundRequest } from "../src/orders/found-request.ts";
import type { ApprovedOrder } from "../src/orders/approved-order.ts";
import { firstStep } from "../src/provisioning/first-step.ts";
import { admitFound } from "../src/store/admit-found.ts";
import { noteCheck, openGap, openMissingGap } from "../src/store/gap.ts";
import type { GapCheck } from "../src/store/gap.ts";
import { readGap, readGaps } from "../src/store/gap-list.ts";
import { findMissingRequests } from "../src/store/missing-requests.ts";
import { beginSweep, finishSweep, readCleanSweeps, readLastSweep } from "../src/store/sweep-run.ts";
import { onEachDatabase, onPostgres } from "./support/databases.ts";
import {
  admitEvents,
  approval,
  countRows,
  openLedger,
  orderIdOf,
  orgId,
  replayIdOf,
  topic,
} from "./support/ledger.ts";

const gapTopic = { orgId, topic };
const at = "2026-11-24T12:00:00.000Z";
const later = "2026-11-24T13:00:00.000Z";

function order(n: number, changes: Partial<ApprovedOrder> = {}): ApprovedOrder {
  return {
    orderId: orderIdOf(n),
    orderNumber: null,
    accountId: null,
    status: "Approved",
    approvalSequence: 1,
    approvedAt: "2026-11-24T10:00:00.000Z",
    approvedById: null,
    modifiedAt: "2026-11-24T10:00:00.000Z",
    totalAmount: 12,
    ...changes,
  };
}

function checkOf(outcome: GapCheck["outcome"]): GapCheck {
  const reason = outcome === "open" ? "too early" : null;
  const visibility = { user: "u", grantedBy: "all" };
  return {
    at: later,
    by: "sweep",
    outcome,
    reason,
    queries: [],
    seen: 2,
    missing: 1,
    admitted: 1,
    visibility,
  };
}

onEachDatabase(
  "takes the same break for the same gap, with a later end, until it is closed",
  async (database) => {
    const { store } = await openLedger(database);
    const sql = store.database;
    const lost = { cause: "replay_id_rejected", position: replayIdOf(7), detail: "too old" } as const;
    const first = await openGap(sql, gapTopic, { ...lost, at });
    assert.equal(
      await openGap(sql, gapTopic, { ...lost, cause: "silence_beyond_retention", at: later }),
      first,
    );
    assert.notEqual(await openGap(sql, gapTopic, { ...lost, position: replayIdOf(8), at }), first);
    const [gap, ...others] = await readGaps(sql, orgId, "open");
    assert.ok(gap !== undefined);
    assert.equal(others.length, 1);
    assert.deepEqual([gap.cause, gap.openedAt, gap.windowEnd, gap.refilled], [lost.cause, at, later, 0]);
    assert.ok(gap.windowStart !== null, "the window begins where the position last moved");

    assert.equal(await noteCheck(sql, gap, checkOf("open")), false);
    assert.equal((await readGap(sql, orgId, first))?.lastCheck?.reason, "too early");
    assert.equal(await noteCheck(sql, gap, checkOf("closed")), true);
    const closed = await readGap(sql, orgId, first);
    assert.deepEqual([closed?.closedAt, closed?.refilled], [later, 2]);
    assert.notEqual(await openGap(sql, gapTopic, { ...lost, at: later }), first);
    await store.close();
  },
);

onPostgres(
  "widens the gap of missing events, and does not close what was widened meanwhile",
  async (database) => {
    const { store } = await openLedger(database);
    const sql = store.database;
    const detail = "lost";
    const found = { at, count: 1, detail };
    const first = await openMissingGap(sql, gapTopic, { ...found, from: "2026-11-24T11:00:00.000Z" });
    const [looked] = await readGaps(sql, orgId, "open");
    assert.ok(looked !== undefined);
    const widened = { ...found, at: later, from: "2026-11-24T10:00:00.000Z" };
    assert.equal(await openMissingGap(sql, gapTopic, widened), first);
    assert.equal(await noteCheck(sql, looked, checkOf("closed")), false);
    const [gap] = await readGaps(sql, orgId, "open");
    assert.deepEqual(
      [gap?.windowStart, gap?.windowEnd, gap?.refilled],
      ["2026-11-24T10:00:00.000Z", later, 3],
    );
    await store.close();
  },
);

onPostgres("knows approvals by their key, and those without a counter by their time", async (database) => {
  const ledger = await openLedger(database);
  const uncounted = { requestKey: null, approvedAt: "2026-11-24T10:00:00.400Z" };
  await admitEvents(ledger, [approval(1), approval(2, uncounted)]);
  const wanted = [
    order(1),
    order(1, { approvalSequence: 2 }),
    order(2, { approvalSequence: null, approvedAt: "2026-11-24T10:00:00.000Z" }),
    order(2, { approvalSequence: null, approvedAt: "2026-11-24T10:00:01.000Z" }),
    // The org counts, and its events carry no key: the time decides here too.
    order(2),
    order(3),
  ].map((each) => foundRequest(each, "provision"));
  const missing = await findMissingRequests(ledger.store.database, orgId, wanted);
  assert.deepEqual(
    missing.map(({ request }) => request.requestKey),
    [`${orderIdOf(1)}-2-P`, `${orderIdOf(2)}-at1795514401-P`, `${orderIdOf(3)}-1-P`],
  );
  await ledger.store.close();
});

onPostgres("misses a cancellation only while work goes on that nobody cancelled", async (database) => {
  const ledger = await openLedger(database);
  const cancelled = { kind: "cancel", eventId: "cancel-2", requestKey: `${orderIdOf(2)}-1-C` } as const;
  await admitEvents(ledger, [approval(1), approval(2), approval(3), approval(2, cancelled)]);
  await ledger.store.query("UPDATE order_revision SET state = 'held' WHERE order_id = $1", [orderIdOf(2)]);
  await ledger.store.query("UPDATE order_revision SET state = 'completed' WHERE order_id = $1", [
    orderIdOf(3),
  ]);
  const wanted = [1, 2, 3, 4].map((n) => foundRequest(order(n, { status: "Cancelled" }), "cancel"));
  const missing = await findMissingRequests(ledger.store.database, orgId, wanted);
  assert.deepEqual(
    missing.map(({ request }) => request.requestKey),
    [`${orderIdOf(1)}-1-C`],
  );
  await ledger.store.close();
});

onPostgres("admits what was found once, and takes its late event for a duplicate", async (database) => {
  const ledger = await openLedger(database);
  const rules = { store: ledger.store, firstStep };
  const found = [foundRequest(order(1), "provision")];
  const [first] = await admitFound(rules, gapTopic, found, at);
  assert.equal(first?.disposition, "admitted");
  assert.deepEqual(await admitFound(rules, gapTopic, found, later), [], "known by its id");
  const [late] = await admitEvents(ledger, [approval(1)]);
  assert.equal(late?.kind === "admitted" && late.disposition, "duplicate");
  assert.equal(await countRows(ledger.store, "job"), 1);
  const { rows } = await ledger.store.query(
    "SELECT event_id, source, deliveries, replay_id IS NULL AS outside FROM inbox ORDER BY inbox_id LIMIT 1",
  );
  const eventId = `sweep-${orderIdOf(1)}-1-P`;
  assert.deepEqual(rows, [{ event_id: eventId, source: "sweep", deliveries: 2, outside: true }]);
  await ledger.store.close();
});

onPostgres("counts only sweeps that ended well as clean", async (database) => {
  const { store } = await openLedger(database);
  const sql = store.database;
  assert.equal((await readCleanSweeps(sql, gapTopic)).lastStartedAt, null);
  const run = { cause: "periodic", startedAt: at } as const;
  const result = { finishedAt: at, seen: 3, admitted: 1, problem: null };
  await finishSweep(sql, await beginSweep(sql, gapTopic, { ...run, scope: "all" }), result);
  await finishSweep(sql, await beginSweep(sql, gapTopic, { ...run, scope: "recent", startedAt: later }), {
    ...result,
    problem: "Salesforce did not answer",
  });
  assert.deepEqual(await readCleanSweeps(sql, gapTopic), {
    lastStartedAt: at,
    lastFinishedAt: at,
    lastOfAllStartedAt: at,
  });
  assert.equal((await readLastSweep(sql, gapTopic))?.problem, "Salesforce did not answer");
  await store.close();
});
