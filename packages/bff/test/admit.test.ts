import assert from "node:assert/strict";
import type { Admission } from "../src/store/admission.ts";
import { admit } from "../src/store/admit.ts";
import { firstStep } from "../src/provisioning/first-step.ts";
import { replayIdBefore, takePosition } from "../src/store/intake-position.ts";
import type { Database } from "../src/store/database.ts";
import type { RequestEvent } from "../src/store/incoming-batch.ts";
import { openStore } from "../src/store/store.ts";
import { StoreError } from "../src/store/store-error.ts";
import { onEachDatabase, onPostgres } from "./support/databases.ts";
import {
  admitEvents,
  approval,
  batchOf,
  countRows,
  goLiveAt,
  openLedger,
  orderIdOf,
  orgId,
  queues,
  replayIdOf,
  topic,
} from "./support/ledger.ts";

async function cursorOf(ledger: Awaited<ReturnType<typeof openLedger>>): Promise<string | null> {
  const { rows } = await ledger.store.query<{ id: string | null }>(
    "SELECT encode(replay_id, 'hex') AS id FROM cursor",
  );
  return rows[0]?.id ?? null;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

onEachDatabase("stores inbox, revision, first job and cursor in one commit", async (database) => {
  const ledger = await openLedger(database);
  const admissions = await admitEvents(ledger, [approval(1), approval(2)]);
  assert.deepEqual(
    admissions.map((admission) => admission.kind === "admitted" && admission.disposition),
    ["admitted", "admitted"],
  );
  assert.equal(await countRows(ledger.store, "inbox"), 2);
  assert.equal(await countRows(ledger.store, "order_revision"), 2);
  assert.equal(await countRows(ledger.store, "job"), 2);
  assert.equal(await cursorOf(ledger), hex(replayIdOf(1001)));
  await ledger.store.close();
});

onEachDatabase(
  "leaves neither job nor cursor nor inbox row when it breaks between inbox and commit",
  async (database) => {
    const ledger = await openLedger(database);
    const real = ledger.store.database;
    let armed = false;
    const breaking: Database = {
      ...real,
      transaction: (work) =>
        real.transaction(async (sql) => {
          const result = await work(sql);
          if (!armed) return result;
          for (const table of ["inbox", "job"]) {
            const { rows } = await sql.query(`SELECT 1 FROM ${table}`);
            assert.equal(rows.length, 1, `${table} was written before`);
          }
          throw new Error("the process broke here");
        }),
    };
    const store = await openStore(breaking, queues);
    armed = true;
    await assert.rejects(
      admit({ store, firstStep }, batchOf(ledger, [approval(1)])),
      /the process broke here/,
    );
    for (const table of ["inbox", "order_revision", "step", "journal", "dirty_order", "job"]) {
      assert.equal(await countRows(ledger.store, table), 0, table);
    }
    assert.equal(await cursorOf(ledger), null);
    await admitEvents(ledger, [approval(1)]);
    assert.equal(await countRows(ledger.store, "job"), 1);
    await ledger.store.close();
  },
);

onEachDatabase(
  "makes one revision of an event that comes twice, and counts its deliveries",
  async (database) => {
    const ledger = await openLedger(database);
    await admitEvents(ledger, [approval(1)], 1);
    const [again] = await admitEvents(ledger, [approval(1)], 2);
    assert.deepEqual(again, { kind: "redelivered", eventId: "event-1" });
    assert.equal(await countRows(ledger.store, "order_revision"), 1);
    assert.equal(await countRows(ledger.store, "job"), 1);
    const { rows } = await ledger.store.query(
      "SELECT deliveries, last_delivered_at > received_at AS later FROM inbox",
    );
    assert.deepEqual(rows, [{ deliveries: 2, later: true }]);
    await ledger.store.close();
  },
);

onEachDatabase("quarantines another payload under a known id, and what makes no sense", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1)]);
  const reused = approval(2, { eventId: "event-1" });
  const senseless = {
    kind: "rejected",
    eventId: "event-9",
    replayId: replayIdOf(9),
    schemaId: "schema",
    raw: Buffer.from([1, 2, 3]),
    reason: "undecodable",
    detail: "no such schema",
  } as const;
  const admissions = await admitEvents(ledger, [reused, senseless], 2);
  assert.deepEqual(
    admissions.map((admission) => admission.kind === "quarantined" && admission.reason),
    ["id_reused", "undecodable"],
  );
  assert.equal(await countRows(ledger.store, "order_revision"), 1);
  const { rows } = await ledger.store.query<{ raw: Uint8Array }>(
    "SELECT raw FROM quarantine WHERE reason = 'undecodable'",
  );
  assert.equal(hex(rows[0]?.raw ?? new Uint8Array()), "010203");
  assert.equal(await cursorOf(ledger), hex(replayIdOf(1002)));
  await ledger.store.close();
});

onEachDatabase("refuses the commit of a subscriber that was superseded", async (database) => {
  const ledger = await openLedger(database);
  await takePosition(ledger.store.database, orgId, topic, ledger.position.epoch + 1);
  await assert.rejects(
    admitEvents(ledger, [approval(1)]),
    (error) => error instanceof StoreError && error.code === "stale_epoch",
  );
  assert.equal(await countRows(ledger.store, "inbox"), 0);
  await ledger.store.close();
});

onEachDatabase("notes an approval from before go-live and starts nothing for it", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1, { approvedAt: "2025-12-31T23:59:59.000Z" })]);
  assert.equal(await countRows(ledger.store, "job"), 0);
  assert.equal(await countRows(ledger.store, "dirty_order"), 0);
  const { rows } = await ledger.store.query("SELECT state FROM order_revision");
  assert.deepEqual(rows, [{ state: "before_go_live" }]);
  await ledger.store.close();
});

onEachDatabase("takes an approval in the very second of go-live for a later one", async (database) => {
  const { store, ...ledger } = await openLedger(database);
  await store.query("UPDATE deployment SET go_live_at = '2026-11-24T10:00:00.900Z'");
  const event = approval(1, { approvedAt: "2026-11-24T10:00:00.000Z" });
  const [admission] = await admitEvents({ store, ...ledger }, [event]);
  assert.equal(admission?.kind === "admitted" && admission.disposition, "admitted");
  await store.close();
});

onEachDatabase(
  "writes the state and the activation again when a completed order is approved again",
  async (database) => {
    const ledger = await openLedger(database);
    await admitEvents(ledger, [approval(1)]);
    await ledger.store.query("UPDATE order_revision SET state = 'completed'");
    await ledger.store.query("UPDATE dirty_order SET written_seq = dirty_seq, activation = 'done'");
    await admitEvents(ledger, [approval(1, { eventId: "again", requestKey: `${orderIdOf(1)}-2-P` })], 2);
    assert.equal(await countRows(ledger.store, "job"), 1, "nothing is done again");
    assert.equal(
      await countRows(ledger.store, "dirty_order WHERE written_seq < dirty_seq AND activation = 'wanted'"),
      1,
    );
    await ledger.store.close();
  },
);

onEachDatabase("absorbs a second approval while the first is at work", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1)]);
  await admitEvents(ledger, [approval(1, { eventId: "second", requestKey: `${orderIdOf(1)}-2-P` })], 2);
  const { rows } = await ledger.store.query("SELECT state FROM order_revision ORDER BY revision_id");
  assert.deepEqual(rows, [{ state: "queued" }, { state: "absorbed" }]);
  assert.equal(await countRows(ledger.store, "job"), 1);
  await ledger.store.close();
});

onEachDatabase("treats the same request under another event id as a duplicate", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1), approval(1, { eventId: "second" })]);
  assert.equal(await countRows(ledger.store, "order_revision"), 1);
  assert.equal(await countRows(ledger.store, "inbox"), 2);
  await ledger.store.close();
});

onEachDatabase(
  "cancels an order for which nothing was done yet, and notes one it never heard of",
  async (database) => {
    const ledger = await openLedger(database);
    await admitEvents(ledger, [approval(1)]);
    const cancel = { kind: "cancel", requestKey: null } as const;
    await admitEvents(
      ledger,
      [approval(1, { ...cancel, eventId: "cancel-1" }), approval(2, { ...cancel, eventId: "cancel-2" })],
      2,
    );
    const { rows } = await ledger.store.query("SELECT state FROM order_revision");
    assert.deepEqual(rows, [{ state: "cancelled" }]);
    const inbox = await ledger.store.query(
      "SELECT disposition, revision_id IS NULL AS unknown FROM inbox ORDER BY inbox_id",
    );
    assert.deepEqual(inbox.rows, [
      { disposition: "admitted", unknown: false },
      { disposition: "cancellation", unknown: false },
      { disposition: "cancellation", unknown: true },
    ]);
    await ledger.store.close();
  },
);

const dispositions = (admissions: readonly Admission[]) =>
  admissions.map((admission) => (admission.kind === "admitted" ? admission.disposition : admission.kind));

onEachDatabase("takes several events of one order in one batch one after another", async (database) => {
  const ledger = await openLedger(database);
  const again = (n: number) => approval(1, { eventId: `again-${n}`, requestKey: `${orderIdOf(1)}-${n}-P` });
  const cancel = approval(1, { kind: "cancel", eventId: "cancel", requestKey: `${orderIdOf(1)}-2-C` });
  const admissions = await admitEvents(ledger, [
    approval(1),
    approval(2),
    again(2),
    approval(1),
    cancel,
    again(3),
  ]);
  assert.deepEqual(dispositions(admissions), [
    "admitted",
    "admitted",
    "absorbed",
    "redelivered",
    "cancellation",
    "admitted",
  ]);
  await ledger.store.close();
});

onEachDatabase("starts nothing while it observes, and cancels nothing", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1)]);
  await ledger.store.query("UPDATE deployment SET mode = 'observe'");
  const old = approval(3, { approvedAt: "2025-12-31T23:59:59.000Z" });
  const cancel = approval(1, { kind: "cancel", eventId: "cancel", requestKey: null });
  const admissions = await admitEvents(ledger, [approval(2), old, cancel], 2);
  assert.deepEqual(dispositions(admissions), ["observed", "before_go_live", "cancellation"]);
  const { rows } = await ledger.store.query("SELECT state FROM order_revision ORDER BY revision_id");
  assert.deepEqual(rows, [{ state: "queued" }, { state: "before_go_live" }, { state: "before_go_live" }]);
  assert.equal(await countRows(ledger.store, "job"), 1);
  assert.equal(await countRows(ledger.store, "dirty_order"), 1);
  assert.equal(await countRows(ledger.store, "journal WHERE kind = 'observed'"), 1);
  await ledger.store.close();
});

onEachDatabase("stores nothing of an org that was not adopted", async (database) => {
  const ledger = await openLedger(database);
  const batch = { ...batchOf(ledger, [approval(1)]), orgId: "00D000000000002EAA" };
  await assert.rejects(
    admit({ store: ledger.store, firstStep }, batch),
    (error) => error instanceof StoreError && error.code === "wrong_org",
  );
  assert.equal(await countRows(ledger.store, "inbox"), 0);
  await ledger.store.close();
});

onEachDatabase("takes what the sweep found without looking at cursor or epoch", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(2)]);
  await takePosition(ledger.store.database, orgId, topic, ledger.position.epoch + 1);
  const swept: RequestEvent = {
    ...approval(1, { eventId: `sweep-${orderIdOf(1)}-1-P` }),
    replayId: null,
    schemaId: null,
    raw: null,
  };
  const batch = { ...batchOf(ledger, [swept]), source: "sweep", position: null } as const;
  const first = await admit({ store: ledger.store, firstStep }, batch);
  const changed = { ...swept, payload: { note: "the order has changed since" } };
  const second = await admit({ store: ledger.store, firstStep }, { ...batch, events: [changed] });
  assert.deepEqual(dispositions([...first, ...second]), ["admitted", "redelivered"]);
  assert.equal(await cursorOf(ledger), hex(replayIdOf(1001)));
  assert.equal(await countRows(ledger.store, "inbox WHERE source = 'sweep' AND replay_id IS NULL"), 1);
  await ledger.store.close();
});

onPostgres("quarantines a request whose key belongs to another order, and goes on", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1)]);
  const stray = approval(2, { requestKey: `${orderIdOf(1)}-1-P` });
  const admissions = await admitEvents(ledger, [stray, approval(3)], 2);
  assert.deepEqual(dispositions(admissions), ["quarantined", "admitted"]);
  assert.equal(
    await countRows(ledger.store, "quarantine WHERE reason = 'invalid' AND payload IS NOT NULL"),
    1,
  );
  await ledger.store.close();
});

onPostgres("admits overlapping orders from two sides at once, each once", async (database) => {
  const ledger = await openLedger(database);
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
  for (let round = 0; round < 5; round += 1) {
    const orders = numbers.map((n) => 100 * round + n);
    const fromStream = orders.flatMap((n) => [
      approval(n),
      approval(n, { eventId: `more-${n}`, requestKey: null }),
    ]);
    const fromReplay = orders.map((n) => approval(n, { eventId: `replayed-${n}` })).toReversed();
    await Promise.all([
      admitEvents(ledger, fromStream),
      admit(
        { store: ledger.store, firstStep },
        { ...batchOf(ledger, fromReplay), source: "replay", position: null },
      ),
    ]);
  }
  assert.equal(await countRows(ledger.store, "order_revision WHERE state = 'queued'"), 100);
  assert.equal(await countRows(ledger.store, "job"), 100);
  assert.equal(await countRows(ledger.store, "inbox"), 300);
  await ledger.store.close();
});

onPostgres("finds the position from which everything since a moment comes again", async (database) => {
  const ledger = await openLedger(database);
  await admitEvents(ledger, [approval(1), approval(2)], 10);
  await admitEvents(ledger, [approval(3)], 20);
  await admitEvents(ledger, [approval(4)], 30);
  const before = async (seconds: number) => {
    const at = new Date(Date.parse(goLiveAt) + seconds * 1000).toISOString();
    const found = await replayIdBefore(ledger.store.database, { orgId, topic }, at);
    return found === null ? null : hex(found);
  };
  assert.equal(await before(5), null);
  assert.equal(await before(15), null, "the first batch may still have been coming in");
  assert.equal(await before(25), hex(replayIdOf(2)));
  assert.equal(await before(1000), hex(replayIdOf(3)));
  await ledger.store.close();
});

onPostgres(
  "leaves an event to whoever decides about it when it comes again and makes sense",
  async (database) => {
    const ledger = await openLedger(database);
    const event = approval(1);
    const { eventId, replayId, schemaId, raw } = event;
    assert.ok(replayId !== null && schemaId !== null && raw !== null);
    const senseless = {
      kind: "rejected",
      eventId,
      replayId,
      schemaId,
      raw,
      reason: "invalid",
      detail: "no order id",
    } as const;
    await admitEvents(ledger, [senseless], 1);
    const [again] = await admitEvents(ledger, [event, approval(2)], 2);
    assert.deepEqual(again, { kind: "quarantined", eventId, reason: "invalid", detail: "no order id" });
    assert.equal(await countRows(ledger.store, "inbox"), 1);
    assert.equal(await countRows(ledger.store, "quarantine WHERE state = 'open'"), 1);
    await ledger.store.close();
  },
);
