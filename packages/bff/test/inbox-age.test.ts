import assert from "node:assert/strict";
import { runInboxPruning } from "../src/store/inbox-age.ts";
import { onPostgres } from "./support/databases.ts";
import {
  admitEvents,
  approval,
  countRows,
  goLiveAt,
  openLedger,
  orderIdOf,
  orgId,
} from "./support/ledger.ts";
import type { Ledger } from "./support/ledger.ts";

const DAY_MS = 86_400_000;

/** One round of the pruning, so many days after the events came in. */
async function pruneAfter(ledger: Ledger, days: number, keepDays?: number): Promise<number> {
  const stopping = new AbortController();
  let pruned = 0;
  await runInboxPruning(
    {
      sql: ledger.store.database,
      orgId,
      ...(keepDays === undefined ? {} : { keepDays }),
      now: () => Date.parse(goLiveAt) + days * DAY_MS,
      sleep: async () => stopping.abort(),
      onPruned: (rows) => (pruned += rows),
      onProblem: (message) => assert.fail(message),
    },
    stopping.signal,
  );
  return pruned;
}

onPostgres("keeps an event for 30 days, and what is not finished for longer", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1), approval(2), approval(3)]);
  await admitEvents(ledger, [approval(1, { eventId: "again", requestKey: `${orderIdOf(1)}-2-P` })], 2);
  await ledger.store.query("UPDATE order_revision SET state = 'completed' WHERE order_id = $1", [
    orderIdOf(2),
  ]);
  assert.equal(await pruneAfter(ledger, 29), 0);
  assert.equal(
    await pruneAfter(ledger, 31),
    1,
    "two orders are at work, and one approval was absorbed by one",
  );
  const { rows } = await ledger.store.query("SELECT event_id FROM inbox ORDER BY inbox_id");
  assert.deepEqual(rows, [{ event_id: "event-1" }, { event_id: "event-3" }, { event_id: "again" }]);
  await ledger.store.close();
});

onPostgres("never deletes what the bus could still bring again", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1)]);
  await ledger.store.query("UPDATE order_revision SET state = 'completed'");
  assert.equal(await pruneAfter(ledger, 6, 0), 0);
  assert.equal(await pruneAfter(ledger, 8, 0), 1);
  await ledger.store.close();
});

onPostgres("starts nothing for an event that comes again after its row is gone", async (database) => {
  const ledger = await openLedger(database);
  const events = [approval(1), approval(2, { requestKey: null })];
  await admitEvents(ledger, events);
  await ledger.store.query("UPDATE order_revision SET state = 'cancelled'");
  assert.equal(await pruneAfter(ledger, 31), 2);
  const admissions = await admitEvents(ledger, events, 2);
  assert.deepEqual(
    admissions.map((admission) => admission.kind === "admitted" && admission.disposition),
    ["duplicate", "duplicate"],
  );
  assert.equal(await countRows(ledger.store, "order_revision"), 2);
  assert.equal(await countRows(ledger.store, "job"), 2);
  await ledger.store.close();
});

onPostgres("never deletes what is in quarantine", async (database) => {
  const ledger = await openLedger(database);
  const { request: _request, ...envelope } = approval(1);
  await admitEvents(ledger, [
    {
      ...envelope,
      raw: Buffer.from("?"),
      replayId: Buffer.from("1"),
      schemaId: "s",
      kind: "rejected",
      reason: "invalid",
      detail: "x",
    },
  ]);
  await pruneAfter(ledger, 400);
  assert.equal(await countRows(ledger.store, "quarantine"), 1);
  await ledger.store.close();
});
