import assert from "node:assert/strict";
import type { StatusOutcome, StatusRow } from "../src/salesforce/status-writer.ts";
import { defaultMapping } from "../src/salesforce/mapping.ts";
import { runFlusher } from "../src/salesforce/flusher.ts";
import { markDirty, wantActivation } from "../src/store/dirty-order.ts";
import type { Store } from "../src/store/store.ts";
import { onEachDatabase } from "./support/databases.ts";
import { allIn, doneAs, startEngine } from "./support/engine.ts";
import { admitEvents, approval, countRows, openLedger, orderIdOf, orgId } from "./support/ledger.ts";

type Answer = (rows: readonly StatusRow[]) => readonly StatusOutcome[];

/** Runs the flusher until it has nothing left to do that is due, and tells what it sent. */
async function flush(
  store: Store,
  answer: Answer,
  activate: () => StatusOutcome = () => ({ kind: "written" }),
  nowMs = 5_000,
) {
  const sent: StatusRow[][] = [];
  const activated: string[][] = [];
  const stopping = new AbortController();
  await runFlusher(
    {
      store,
      orgId,
      mapping: defaultMapping,
      writeStatuses: async (rows) => {
        sent.push([...rows]);
        return answer(rows);
      },
      activateOrders: async (ids) => {
        activated.push([...ids]);
        return ids.map(() => activate());
      },
      now: () => nowMs,
      random: () => 0.5,
      // It waits only when nothing is due.
      waitForChange: async () => stopping.abort(),
      onProblem: () => undefined,
    },
    stopping.signal,
  );
  return { sent, activated };
}

const written: Answer = (rows) => rows.map(() => ({ kind: "written" }));

onEachDatabase(
  "sends the state as it is at the time of sending, many orders in one call",
  async (database) => {
    const { store, ...ledger } = await openLedger(database);
    await admitEvents({ store, ...ledger }, [approval(1), approval(2), approval(3)]);
    await store.query(
      "UPDATE order_revision SET state = 'held', error_code = 'SKU_NOT_MAPPED' WHERE order_id = $1",
      [orderIdOf(2)],
    );
    const { sent } = await flush(store, written);
    assert.equal(sent.length, 1);
    assert.deepEqual(sent[0]?.map((row) => [row.orderId, row.status, row.errorCode]).toSorted(), [
      [orderIdOf(1), "Acknowledged", null],
      [orderIdOf(2), "Held", "SKU_NOT_MAPPED"],
      [orderIdOf(3), "Acknowledged", null],
    ]);
    assert.deepEqual((await flush(store, written)).sent, []);
    await store.close();
  },
);

onEachDatabase(
  "gives each write a higher version, by the clock even when the store was lost",
  async (database) => {
    const { store, ...ledger } = await openLedger(database);
    await admitEvents({ store, ...ledger }, [approval(1)]);
    const first = await flush(store, written, undefined, 5_000);
    await markDirty(store.database, orgId, orderIdOf(1), 1, "at_once");
    const second = await flush(store, written, undefined, 4_000);
    await store.query("UPDATE dirty_order SET version = 0");
    await markDirty(store.database, orgId, orderIdOf(1), 1, "at_once");
    const afterLoss = await flush(store, written, undefined, 9_000);
    const versions = [first, second, afterLoss].map(({ sent }) => sent[0]?.[0]?.version);
    assert.deepEqual(versions, [5_000, 5_001, 9_000]);
    await store.close();
  },
);

onEachDatabase("sends again what changed while it was sent, and what was not written", async (database) => {
  const { store, ...ledger } = await openLedger(database);
  await admitEvents({ store, ...ledger }, [approval(1)]);
  const { sent } = await flush(store, () => [{ kind: "retry", reason: "UNABLE_TO_LOCK_ROW" }]);
  assert.equal(sent.length, 1, "not again before its time");
  assert.equal(await countRows(store, "dirty_order WHERE written_seq < dirty_seq AND failures = 1"), 1);
  await markDirty(store.database, orgId, orderIdOf(1), 1, "at_once");
  assert.equal((await flush(store, written)).sent.length, 1, "news make it due again");
  assert.equal(await countRows(store, "dirty_order WHERE written_seq < dirty_seq"), 0);
  await store.close();
});

onEachDatabase("gives up on a refused row until its order changes, and keeps why", async (database) => {
  const { store, ...ledger } = await openLedger(database);
  await admitEvents({ store, ...ledger }, [approval(1)]);
  await flush(store, () => [{ kind: "refused", code: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: "no" }]);
  assert.deepEqual((await flush(store, written)).sent, []);
  const { rows } = await store.query("SELECT last_error FROM dirty_order");
  assert.deepEqual(rows, [{ last_error: "FIELD_CUSTOM_VALIDATION_EXCEPTION: no" }]);
  assert.equal(await countRows(store, "journal WHERE kind = 'salesforce_refused'"), 1);
  await store.close();
});

onEachDatabase(
  "activates a completed order alone and after its completion was written, once",
  async (database) => {
    const { store, ...ledger } = await openLedger(database);
    await admitEvents({ store, ...ledger }, [approval(1)]);
    await store.query("UPDATE order_revision SET state = 'completed', completed_at = now()");
    await markDirty(store.database, orgId, orderIdOf(1), 1, "at_once");
    await wantActivation(store.database, orgId, orderIdOf(1));
    const { sent, activated } = await flush(store, (rows) => {
      assert.deepEqual(
        rows.map((row) => row.status),
        ["Completed"],
      );
      return written(rows);
    });
    assert.equal(sent.length, 1);
    assert.deepEqual(activated, [[orderIdOf(1)]]);
    assert.deepEqual((await flush(store, written)).activated, []);
    await store.close();
  },
);

onEachDatabase(
  "keeps the order completed and asks a person when the org refuses the activation",
  async (database) => {
    const { store, ...ledger } = await openLedger(database);
    await admitEvents({ store, ...ledger }, [approval(1)]);
    await store.query("UPDATE order_revision SET state = 'completed', completed_at = now()");
    await wantActivation(store.database, orgId, orderIdOf(1));
    await flush(store, written, () => ({
      kind: "refused",
      code: "FAILED_ACTIVATION",
      message: "a trigger of the org",
    }));
    assert.equal(
      await countRows(store, "fallout WHERE code = 'SF_ACTIVATION_REFUSED' AND resolved_at IS NULL"),
      1,
    );
    const { rows } = await store.query("SELECT state FROM order_revision");
    assert.deepEqual(rows, [{ state: "completed" }]);
    assert.deepEqual((await flush(store, written)).activated, []);
    await store.close();
  },
);

onEachDatabase("runs beside the engine, neither ending the other's transactions", async (database) => {
  const ledger = await openLedger(database);
  const { store } = ledger;
  const orders = 30;
  const stopping = new AbortController();
  const problems: string[] = [];
  const engine = await startEngine(store, async (call) => doneAs(call.operation));
  const flusher = runFlusher(
    {
      store,
      orgId,
      mapping: defaultMapping,
      writeStatuses: async (rows) => rows.map(() => ({ kind: "written" })),
      activateOrders: async (ids) => ids.map(() => ({ kind: "written" })),
      now: () => Date.now(),
      random: () => 0,
      waitForChange: (_delayMs, signal) =>
        new Promise((resolve) => (signal.aborted ? resolve() : setImmediate(() => resolve()))),
      onProblem: (message) => problems.push(message),
    },
    stopping.signal,
  );
  for (let n = 1; n <= orders; n += 1) await admitEvents(ledger, [approval(n)], n);
  await engine.until(() => allIn(store, "completed"));
  stopping.abort();
  await flusher;
  assert.deepEqual(problems, []);
  assert.equal(engine.reports.filter((report) => report.step.name === "complete").length, orders);
  await engine.stop();
  await store.close();
});
