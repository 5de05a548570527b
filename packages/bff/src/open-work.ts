import type { System } from "./open-org-run.ts";
import { runStep } from "./provisioning/engine.ts";
import { Leases } from "./provisioning/leases.ts";
import { recoverSteps } from "./provisioning/recovery.ts";
import { defaultRetryPolicy } from "./provisioning/retry-policy.ts";
import { runSweeper } from "./provisioning/sweeper.ts";
import type { ValidateDeps } from "./provisioning/validate-order.ts";
import { startWorkers } from "./queue/worker-host.ts";
import { runFlusher } from "./salesforce/flusher.ts";
import type { FlusherDeps } from "./salesforce/flusher.ts";
import { activateOrders, writeStatuses } from "./salesforce/status-writer.ts";
import { leadWhilePossible } from "./store/leadership.ts";
import { countStep, problemsOf } from "./watch.ts";

/** Steps of one module that run at once. */
const CONCURRENCY: Readonly<Record<string, number>> = { order: 10, billing: 10, network: 20, notify: 5 };

/** At the end calls that are out have so long to be answered. */
const CALLS_GRACE_MS = 5_000;

/** Workers for the steps, their leases, and the write-back, which one process of the deployment does at a time. */
export async function openWork(system: System, orgId: string, validation: ValidateDeps) {
  const { clock, log, config, store, changes, modules, queues, connection, metrics } = system;
  const { database } = store;
  const leases = new Leases();
  const calls = new AbortController();
  const engine = {
    ...clock,
    store,
    orgId,
    modules,
    leases,
    validation,
    retryPolicy: defaultRetryPolicy,
    onStep: countStep(metrics, log),
  };
  const recovered = await recoverSteps(store, orgId, database.kind === "pglite" ? "all_running" : "expired");
  log.info(recovered, "steps of an earlier run were looked for");
  const served = queues.filter((queue) => config.modules?.includes(queue) ?? true);
  const workers = await startWorkers(
    { pool: database.queuePool, schema: database.schemas.queue },
    served.map((queue) => ({ queue, concurrency: CONCURRENCY[queue] ?? 5 })),
    (job) => runStep(engine, job, calls.signal),
    (queue, error) => log.error({ err: error, queue }, "a worker failed; the sweeper brings its step back"),
  );
  const flusher: FlusherDeps = {
    ...clock,
    store,
    orgId,
    mapping: system.mapping,
    writeStatuses: (rows, until) => writeStatuses(connection, system.mapping, rows, until),
    activateOrders: (ids, until) => activateOrders(connection, system.mapping, ids, until),
    waitForChange: (delayMs, until) => changes.wait(runFlusher, delayMs, until),
    onProblem: problemsOf(log, "write-back"),
  };
  const writeBack = {
    ...clock,
    database,
    lease: { orgId, name: "write-back" },
    holder: system.holder,
    monotonicNow: () => performance.now(),
    onStandby: () => undefined,
    onProblem: problemsOf(log, "write-back lease"),
  };
  const onRecovered = (steps: number) => log.warn({ steps }, "steps of a lost worker were taken up again");
  return {
    loops: (signal: AbortSignal) => [
      leadWhilePossible(writeBack, (_epoch, until) => runFlusher(flusher, until), signal),
      leases.run({ ...clock, store, onProblem: problemsOf(log, "leases") }, signal),
      runSweeper({ ...clock, store, orgId, onRecovered, onProblem: problemsOf(log, "sweeper") }, signal),
    ],
    async close() {
      // Calls that are out may finish, so that no answer is lost; then what still hangs is let go.
      await Promise.race([workers.close(), clock.sleep(CALLS_GRACE_MS, calls.signal)]);
      calls.abort();
      await workers.close();
    },
  };
}
