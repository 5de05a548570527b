import assert from "node:assert/strict";
import { appendJournal } from "../src/store/journal.ts";
import { latestFeedPosition, readFeed, readStream } from "../src/store/journal-feed.ts";
import { ChangeSignal } from "../src/store/change-signal.ts";
import type { Database } from "../src/store/database.ts";
import { onEachDatabase } from "./support/databases.ts";
import { openLedger, orderIdOf, orgId } from "./support/ledger.ts";

const entry = (n: number) => ({ orgId, orderId: orderIdOf(n), revisionId: null, kind: "received" as const });

onEachDatabase("numbers one order's entries without gaps, whoever writes them", async (database) => {
  const { store } = await openLedger(database);
  await Promise.all(Array.from({ length: 20 }, () => store.transaction((tx) => appendJournal(tx, entry(1)))));
  const entries = await readStream(store.database, orgId, orderIdOf(1), 0, 100);
  assert.deepEqual(
    entries.map((each) => each.entryNo),
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  assert.equal((await readStream(store.database, orgId, orderIdOf(1), 15, 100)).length, 5);
  await store.close();
});

onEachDatabase("misses no entry when transactions commit out of order", async (database) => {
  const { store } = await openLedger(database);
  const start = await latestFeedPosition(store.database, orgId);
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 25; round += 1) {
      await store.transaction(async (tx) => {
        await appendJournal(tx, entry(100 * writer + round));
        // Some hold their number for a while before they commit.
        if (store.database.kind === "postgres") await tx.query("SELECT pg_sleep($1)", [(writer % 4) * 0.004]);
      });
    }
  });
  const seen: string[] = [];
  let position = start;
  let writing = true;
  const reader = (async () => {
    for (;;) {
      // Whoever else uses the server holds back what may be read: at the end that must be everything.
      const last = !writing && (await isAllReadable(store.database));
      const entries = await readFeed(store.database, orgId, position, 7);
      for (const each of entries) {
        seen.push(each.orderId);
        position = each.position;
      }
      if (last && entries.length === 0) return;
    }
  })();
  await Promise.all(writers);
  writing = false;
  await reader;
  assert.equal(seen.length, 200);
  assert.equal(new Set(seen).size, 200);
  await store.close();
});

async function isAllReadable(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ all_readable: boolean }>(
    `SELECT coalesce(max(tx_id), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS all_readable FROM journal`,
    [],
  );
  return rows[0]?.all_readable === true;
}

onEachDatabase("wakes a waiting reader within a fraction of its idle time", async (database) => {
  const { store } = await openLedger(database);
  const changes = new ChangeSignal();
  const stop = await store.onChange(() => changes.notify());
  const signal = new AbortController().signal;
  const waiter = {};
  await changes.wait(waiter, 1, signal);
  const beganMs = performance.now();
  const woken = changes.wait(waiter, 60_000, signal);
  await store.transaction((tx) => appendJournal(tx, entry(1)));
  await woken;
  // Not a measurement: without the notification the wait would last a minute.
  assert.ok(performance.now() - beganMs < 20_000);
  await stop();
  await store.close();
});
