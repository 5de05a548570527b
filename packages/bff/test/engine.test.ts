import assert from "node:assert/strict";
import { claimStep } from "../src/provisioning/claim.ts";
import { Leases } from "../src/provisioning/leases.ts";
import type { ModuleCall } from "../src/provisioning/module.ts";
import { recoverSteps } from "../src/provisioning/recovery.ts";
import { settleStep } from "../src/provisioning/settle.ts";
import { onEachDatabase } from "./support/databases.ts";
import { allIn, doneAs, failure, line, snapshot, startEngine, statesOf } from "./support/engine.ts";
import { admitEvents, approval, countRows, openLedger, orderIdOf, orgId } from "./support/ledger.ts";

const limits = { orgId, leaseMs: 60_000, retryBudgetMs: 60_000 };

onEachDatabase("takes an order through its whole plan, each effect asked for once", async (database) => {
  const ledger = await openLedger(database);
  const calls: ModuleCall[] = [];
  const engine = await startEngine(ledger.store, async (call) => {
    calls.push(call);
    return doneAs(call.operation);
  });
  await admitEvents(ledger, [approval(1)]);
  await engine.until(() => allIn(ledger.store, "completed"));
  assert.deepEqual(
    calls.map((call) => call.operation),
    ["ensure-client", "add-order", "activate", "accept-order", "order-active"],
  );
  assert.equal(new Set(calls.map((call) => call.effectKey)).size, 5);
  assert.deepEqual(calls[3]?.results["billing-order"], { reference: "add-order" });
  const { rows } = await ledger.store.query("SELECT activation FROM dirty_order");
  assert.deepEqual(rows, [{ activation: "wanted" }]);
  await engine.stop();
  await ledger.store.close();
});

onEachDatabase("loses no join when many units finish at the same moment", async (database) => {
  const ledger = await openLedger(database);
  const orders = 12;
  const units = 8;
  const engine = await startEngine(
    ledger.store,
    async (call) => doneAs(call.effectKey),
    (orderId) => ({ kind: "found", order: snapshot(orderId, { lines: [line(1, { quantity: units })] }) }),
    10,
  );
  await admitEvents(
    ledger,
    Array.from({ length: orders }, (_, index) => approval(index + 1)),
  );
  await engine.until(() => allIn(ledger.store, "completed"));
  const accepted = engine.reports.filter((report) => report.step.name === "billing-accept");
  assert.equal(accepted.length, orders);
  assert.equal(engine.reports.filter((report) => report.step.module === "network").length, orders * units);
  await engine.stop();
  await ledger.store.close();
});

onEachDatabase(
  "tries a retryable failure again under the same key, and looks up what may have happened",
  async (database) => {
    const ledger = await openLedger(database);
    const clients: ModuleCall[] = [];
    const engine = await startEngine(ledger.store, async (call) => {
      if (call.operation !== "ensure-client") return doneAs(call.operation);
      clients.push(call);
      if (clients.length === 1) return { kind: "failed", failure: failure() };
      if (clients.length === 2) return { kind: "failed", failure: failure({ outcomeUnknown: true }) };
      return doneAs("client");
    });
    await admitEvents(ledger, [approval(1)]);
    await engine.until(() => allIn(ledger.store, "completed"));
    assert.deepEqual(
      clients.map((call) => call.lookUpFirst),
      [false, false, true],
    );
    assert.equal(new Set(clients.map((call) => call.effectKey)).size, 1);
    await engine.stop();
    await ledger.store.close();
  },
);

onEachDatabase(
  "waits for a downstream that finishes later without counting it as a failure",
  async (database) => {
    const ledger = await openLedger(database);
    const seen: unknown[] = [];
    const engine = await startEngine(ledger.store, async (call) => {
      if (call.operation !== "activate") return doneAs(call.operation);
      seen.push(call.waitingOn);
      if (seen.length < 3) return { kind: "waiting", waitingOn: { monitor: "m1" }, pollAfterMs: 10 };
      return doneAs("service");
    });
    await admitEvents(ledger, [approval(1)]);
    await engine.until(() => allIn(ledger.store, "completed"));
    assert.deepEqual(seen, [null, { monitor: "m1" }, { monitor: "m1" }]);
    await engine.stop();
    await ledger.store.close();
  },
);

onEachDatabase(
  "holds an order that a person must correct, and resumes it when it is approved again",
  async (database) => {
    const ledger = await openLedger(database);
    let productCode = "LEG-XDSL-8";
    const engine = await startEngine(
      ledger.store,
      async (call) => doneAs(call.operation),
      (orderId) => ({ kind: "found", order: snapshot(orderId, { lines: [line(1, { productCode })] }) }),
    );
    await admitEvents(ledger, [approval(1)]);
    await engine.until(() => allIn(ledger.store, "held"));
    const held = await ledger.store.query<{ error_code: string }>("SELECT error_code FROM order_revision");
    assert.deepEqual(held.rows, [{ error_code: "SKU_NOT_MAPPED" }]);
    assert.equal(await countRows(ledger.store, "fallout WHERE resolved_at IS NULL"), 1);

    productCode = "MOB-ESIM-10G";
    await admitEvents(ledger, [approval(1, { eventId: "again", requestKey: `${orderIdOf(1)}-2-P` })], 2);
    await engine.until(async () => (await statesOf(ledger.store))[0] === "completed");
    assert.deepEqual(await statesOf(ledger.store), ["completed", "absorbed"]);
    assert.equal(await countRows(ledger.store, "fallout WHERE resolved_at IS NULL"), 0);
    await engine.stop();
    await ledger.store.close();
  },
);

onEachDatabase(
  "keeps what was done when a later step is held and the order is approved again",
  async (database) => {
    const ledger = await openLedger(database);
    const calls: string[] = [];
    let refuse = true;
    const engine = await startEngine(ledger.store, async (call) => {
      calls.push(call.operation);
      if (call.operation === "activate" && refuse) {
        return { kind: "failed", failure: failure({ class: "needs_operator", code: "NETWORK_REFUSED" }) };
      }
      return doneAs(call.operation);
    });
    await admitEvents(ledger, [approval(1)]);
    await engine.until(() => allIn(ledger.store, "held"));
    refuse = false;
    await admitEvents(ledger, [approval(1, { eventId: "again", requestKey: `${orderIdOf(1)}-2-P` })], 2);
    await engine.until(async () => (await statesOf(ledger.store))[0] === "completed");
    assert.equal(calls.filter((operation) => operation === "add-order").length, 1);
    assert.equal(calls.filter((operation) => operation === "activate").length, 2);
    await engine.stop();
    await ledger.store.close();
  },
);

onEachDatabase(
  "holds an order cancelled in the middle, and finishes all of it when it is approved again",
  async (database) => {
    const ledger = await openLedger(database);
    const calls: string[] = [];
    const reached = Promise.withResolvers<void>();
    const proceed = Promise.withResolvers<void>();
    const engine = await startEngine(ledger.store, async (call) => {
      calls.push(call.operation);
      if (call.operation === "add-order" && calls.length === 2) {
        reached.resolve();
        await proceed.promise;
      }
      return doneAs(call.operation);
    });
    await admitEvents(ledger, [approval(1)]);
    await reached.promise;
    await admitEvents(ledger, [approval(1, { kind: "cancel", eventId: "cancel", requestKey: "cancel" })], 2);
    assert.deepEqual(await statesOf(ledger.store), ["held"]);
    proceed.resolve();
    await engine.until(async () => (await countRows(ledger.store, "step WHERE state = 'running'")) === 0);
    assert.deepEqual(await statesOf(ledger.store), ["held"]);
    assert.deepEqual(calls, ["ensure-client", "add-order"]);

    await admitEvents(ledger, [approval(1, { eventId: "again", requestKey: `${orderIdOf(1)}-2-P` })], 3);
    await engine.until(async () => (await statesOf(ledger.store))[0] === "completed");
    assert.deepEqual(calls, ["ensure-client", "add-order", "activate", "accept-order", "order-active"]);
    await engine.stop();
    await ledger.store.close();
  },
);

onEachDatabase("lets orders wait, and holds none, while a whole module is out", async (database) => {
  const ledger = await openLedger(database);
  let refusals = 4;
  const engine = await startEngine(ledger.store, async (call) => {
    if (call.operation === "add-order" && refusals > 0) {
      refusals -= 1;
      return { kind: "failed", failure: failure({ class: "needs_operator", moduleWide: true }) };
    }
    return doneAs(call.operation);
  });
  await admitEvents(ledger, [approval(1)]);
  await engine.until(() => allIn(ledger.store, "completed"));
  assert.equal(await countRows(ledger.store, "fallout"), 0);
  await engine.stop();
  await ledger.store.close();
});

onEachDatabase("brings back a step whose process died, with its effect to be looked up", async (database) => {
  const ledger = await openLedger(database);
  const called = Promise.withResolvers<void>();
  const first = await startEngine(ledger.store, async (call, signal) => {
    if (call.operation !== "add-order") return doneAs(call.operation);
    called.resolve();
    // The call never comes back: the process dies while it waits.
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("died")), { once: true });
    });
  });
  await admitEvents(ledger, [approval(1)]);
  await called.promise;
  await first.stop();
  assert.equal(await countRows(ledger.store, "step WHERE state = 'running'"), 1);
  await ledger.store.close();

  const reopened = await openLedger(database);
  const seen: ModuleCall[] = [];
  const second = await startEngine(reopened.store, async (call) => {
    if (call.operation === "add-order") seen.push(call);
    return doneAs(call.operation);
  });
  await recoverSteps(reopened.store, orgId, "all_running");
  await second.until(() => allIn(reopened.store, "completed"));
  assert.deepEqual(
    seen.map((call) => call.lookUpFirst),
    [true],
  );
  await second.stop();
  await reopened.store.close();
});

onEachDatabase(
  "gives one step to one of two workers, and drops the answer of one that lost it",
  async (database) => {
    const ledger = await openLedger(database);
    await admitEvents(ledger, [approval(1)]);
    const { rows } = await ledger.store.query<{ step_id: number }>("SELECT step_id FROM step");
    const stepId = rows[0]?.step_id ?? 0;
    const claims = await Promise.all(
      [1, 2].map(() => claimStep(ledger.store, { stepId, attempt: 1 }, limits)),
    );
    const [claim] = claims.filter((claimed) => claimed !== undefined);
    assert.equal(claims.filter((claimed) => claimed !== undefined).length, 1);
    assert.ok(claim !== undefined);

    await recoverSteps(ledger.store, orgId, "all_running");
    const deps = {
      store: ledger.store,
      retryPolicy: { baseDelayMs: 1, maxDelayMs: 1, moduleWideMaxDelayMs: 1 },
      now: () => 0,
      random: () => 0,
    };
    const late = await settleStep(deps, claim, { kind: "done", result: {}, reference: null, adopted: false });
    assert.equal(late, "stale");
    const after = await ledger.store.query("SELECT state, attempt FROM step");
    assert.deepEqual(after.rows, [{ state: "ready", attempt: 2 }]);
    await ledger.store.close();
  },
);

onEachDatabase(
  "keeps the lease of a step at work, and takes the step back once its worker is gone",
  async (database) => {
    const ledger = await openLedger(database);
    const { store } = ledger;
    await admitEvents(ledger, [approval(1)]);
    const { rows } = await store.query<{ step_id: number }>("SELECT step_id FROM step");
    const stepId = rows[0]?.step_id ?? 0;
    assert.ok((await claimStep(store, { stepId, attempt: 1 }, limits)) !== undefined);
    const leases = new Leases();
    const release = leases.hold({ stepId, attempt: 1 });
    const expire = () =>
      store.query("UPDATE step SET lease_until = now() - interval '1 second' WHERE state = 'running'");

    await expire();
    await leases.renew(store);
    assert.equal((await recoverSteps(store, orgId, "expired")).restarted, 0);

    release();
    await expire();
    await leases.renew(store);
    assert.equal((await recoverSteps(store, orgId, "expired")).restarted, 1);
    await store.close();
  },
);
