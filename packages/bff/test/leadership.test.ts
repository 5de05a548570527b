import assert from "node:assert/strict";
import type { Database } from "../src/store/database.ts";
import { movePosition, takePosition } from "../src/store/intake-position.ts";
import { intakeLease, readLease } from "../src/store/lease.ts";
import { contend, cuttable, leaseMs, letExpire } from "./support/contender.ts";
import { onEachDatabase, onPostgres } from "./support/databases.ts";
import { admitEvents, approval, countRows, openLedger, orgId, replayIdOf, topic } from "./support/ledger.ts";

const lease = { orgId, name: intakeLease(topic) };

onPostgres("one contender leads, and the other stands by until that ends", async (opener) => {
  const { store } = await openLedger(opener);
  const database = sharedByProcesses(store.database);
  await using first = contend(database, lease, "first");
  await first.until("leads 1");
  await using second = contend(database, lease, "second");
  await second.until("stands by");
  assert.equal((await readLease(database, lease))?.holder, "first");

  await first.stop();
  await second.until("leads 2");
  assert.deepEqual(first.told, ["leads 1", "lost 1"]);
  assert.deepEqual(second.told, ["stands by", "leads 2"]);
  await second.stop();
  assert.equal(await readLease(database, lease), undefined);
  await store.close();
});

onPostgres("a leader that goes on renewing outlives the time of its first lease", async (opener) => {
  const { store } = await openLedger(opener);
  const database = sharedByProcesses(store.database);
  await using first = contend(database, lease, "first");
  await first.until("leads 1");
  const before = await readLease(database, lease);
  let now = before;
  while (now?.expiresAt === before?.expiresAt) {
    await nextTurn();
    now = await readLease(database, lease);
  }
  assert.ok(now !== undefined && before !== undefined && now.expiresAt > before.expiresAt);
  assert.equal(now.epoch, 1);
  await first.stop();
  await store.close();
});

onPostgres(
  "a leader that was paused is succeeded, learns it when it wakes, and stands by",
  async (opener) => {
    const { store } = await openLedger(opener);
    const database = sharedByProcesses(store.database);
    await using first = contend(database, lease, "first");
    await first.until("leads 1");
    await using second = contend(database, lease, "second");
    await second.until("stands by");
    await first.pause();
    await letExpire(database, lease);
    await second.until("leads 2");
    assert.deepEqual(first.told, ["leads 1"]);

    first.skip(60_000);
    first.resume();
    await first.until("stands by");
    assert.deepEqual(first.told, ["leads 1", "lost 1", "stands by"]);
    assert.match(first.problems[0] ?? "", /another process took over .*; this one had epoch 1/);
    assert.equal((await readLease(database, lease))?.holder, "second");
    await first.stop();
    // The former leader's end does not release what another holds by now.
    assert.equal((await readLease(database, lease))?.holder, "second");
    await second.stop();
    await store.close();
  },
);

onPostgres("a former leader that never noticed stores nothing", async (opener) => {
  const ledger = await openLedger(opener);
  const { store } = ledger;
  const database = sharedByProcesses(store.database);
  await using first = contend(database, lease, "first");
  await first.until("leads 1");
  const former = { store, position: await takePosition(database, orgId, topic, 1) };
  await admitEvents(former, [approval(1)], 1);
  await using second = contend(database, lease, "second");
  await second.until("stands by");
  await first.pause();
  await letExpire(database, lease);
  await second.until("leads 2");
  const next = { store, position: await takePosition(database, orgId, topic, 2) };

  await assert.rejects(admitEvents(former, [approval(2)], 2), { code: "stale_epoch" });
  assert.equal(await countRows(store, "inbox"), 1);
  assert.equal(await countRows(store, "step"), 1);
  await admitEvents(next, [approval(2)], 2);
  await assert.rejects(takePosition(database, orgId, topic, 1), { code: "stale_epoch" });
  await assert.rejects(admitEvents(former, [approval(3)], 3), { code: "stale_epoch" });
  assert.equal(await countRows(store, "inbox"), 2);
  assert.deepEqual(first.told, ["leads 1"]);
  await first.stop();
  await second.stop();
  await store.close();
});

for (const cut of ["loud", "silent"] as const) {
  onPostgres(
    `a leader whose database is ${cut === "loud" ? "gone" : "silent"} leads until its lease is over, and again later`,
    async (opener) => {
      const { store } = await openLedger(opener);
      const database = cuttable(sharedByProcesses(store.database));
      await using first = contend(database, lease, "first");
      await first.until("leads 1");
      database.cut = cut;
      if (cut === "loud") {
        while (first.problems.length === 0) await nextTurn();
        assert.equal(first.problems[0], "the connection was cut");
      }
      assert.deepEqual(first.told, ["leads 1"]);
      first.skip(leaseMs);
      await first.until("lost 1");

      database.cut = "no";
      await letExpire(store.database, lease);
      await first.until("leads 2");
      await first.stop();
      await store.close();
    },
  );
}

onPostgres("leases of several topics do not disturb each other", async (opener) => {
  const { store } = await openLedger(opener);
  const database = sharedByProcesses(store.database);
  const other = { orgId, name: intakeLease("/event/Other__e") };
  await using firstHere = contend(database, lease, "first");
  await firstHere.until("leads 1");
  await using secondThere = contend(database, other, "second");
  await secondThere.until("leads 1");
  await using firstThere = contend(database, other, "first");
  await using secondHere = contend(database, lease, "second");
  await Promise.all([firstThere.until("stands by"), secondHere.until("stands by")]);
  assert.equal((await readLease(database, lease))?.holder, "first");
  assert.equal((await readLease(database, other))?.holder, "second");

  await firstHere.stop();
  await secondHere.until("leads 2");
  assert.deepEqual(secondThere.told, ["leads 1"]);
  assert.deepEqual(firstThere.told, ["stands by"]);
  await Promise.all([firstThere.stop(), secondHere.stop(), secondThere.stop()]);
  await store.close();
});

onEachDatabase(
  "the holder that an embedded database remembers is dead, and is succeeded at once",
  async (opener) => {
    const { store } = await openLedger(opener);
    await using first = contend(store.database, lease, "first");
    await first.until("leads 1");
    await first.pause();
    await using second = contend(store.database, lease, "second");
    await second.until("leads 2");
    assert.deepEqual(second.told, ["leads 2"]);
    await second.stop();
    await first.stop();
    await store.close();
  },
  ["pglite"],
);

onEachDatabase(
  "a leader that is paused in the middle of a transaction does not keep the next one from the cursor",
  async (opener) => {
    const { store } = await openLedger(opener);
    const paused = await opener.open();
    const resumed = Promise.withResolvers<void>();
    const hasLocked = Promise.withResolvers<void>();
    const commit = paused.transaction(async (sql) => {
      await movePosition(sql, { orgId, topic, epoch: 1 }, replayIdOf(1), "2026-11-24T10:00:00.000Z");
      hasLocked.resolve();
      await resumed.promise;
      await sql.query("SELECT 1");
    });
    await hasLocked.promise;

    const position = await takePosition(store.database, orgId, topic, 2);
    assert.equal(position.replayId, null);
    resumed.resolve();
    await assert.rejects(commit);
    assert.deepEqual((await paused.query<{ n: number }>("SELECT 1 AS n")).rows, [{ n: 1 }]);
    await paused.close();
    await store.close();
  },
  ["postgres"],
);

/** Two processes on one server see it thus; the embedded database speaks the same SQL, and is cheaper to ask twice. */
function sharedByProcesses(database: Database): Database {
  return { ...database, kind: "postgres" };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
