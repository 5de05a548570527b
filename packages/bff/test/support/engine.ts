import type { Failure } from "../../src/orders/failure.ts";
import type { OrderLine, OrderSnapshot } from "../../src/orders/order.ts";
import { demoCatalogue } from "../../src/provisioning/catalogue.ts";
import type { EngineDeps, StepReport } from "../../src/provisioning/engine.ts";
import { runStep } from "../../src/provisioning/engine.ts";
import type { ModuleAnswer, ModuleCall, ProvisioningModule } from "../../src/provisioning/module.ts";
import type { OrderReading } from "../../src/provisioning/validate-order.ts";
import { startWorkers } from "../../src/queue/worker-host.ts";
import { Leases } from "../../src/provisioning/leases.ts";
import type { Store } from "../../src/store/store.ts";
import { orgId, queues } from "./ledger.ts";

export type Answering = (call: ModuleCall, signal: AbortSignal) => Promise<ModuleAnswer>;

export const doneAs = (reference: string): ModuleAnswer => ({
  kind: "done",
  result: { reference },
  reference,
  adopted: false,
});

export function failure(changes: Partial<Failure> = {}): Failure {
  return {
    class: "retryable",
    code: "TEST_FAILURE",
    summary: "the test wants it so",
    outcomeUnknown: false,
    moduleWide: false,
    customerEffect: "none",
    ...changes,
  };
}

export function snapshot(orderId: string, changes: Partial<OrderSnapshot> = {}): OrderSnapshot {
  return {
    orderId,
    orderNumber: orderId.slice(7, 15),
    status: "Approved",
    statusCode: "Draft",
    accountId: "001000000000001AAA",
    accountName: "Test account",
    totalAmount: 12,
    approvalSequence: 1,
    approvedAt: "2026-11-24T10:00:00.000Z",
    contact: { firstName: "Ana", lastName: "Vega", email: "ana@example.com", phone: null },
    billingAddress: { street: null, city: null, state: null, postalCode: null, countryCode: "NL" },
    lines: [line(1)],
    ...changes,
  };
}

export function line(n: number, changes: Partial<OrderLine> = {}): OrderLine {
  return {
    lineId: `802${String(n).padStart(12, "0")}AAA`,
    productCode: "MOB-ESIM-10G",
    productName: "Mobile 10 GB eSIM",
    quantity: 1,
    unitPrice: 12,
    dependsOn: null,
    bundleParent: null,
    ...changes,
  };
}

export type TestEngine = {
  readonly deps: EngineDeps;
  readonly reports: StepReport[];
  /** Resolves when the condition, asked after each step, holds. */
  until(condition: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
};

/** Real workers on the real queue; the modules answer as the test says, and retries follow within milliseconds. */
export async function startEngine(
  store: Store,
  answer: Answering,
  readOrder: (orderId: string) => OrderReading = (orderId) => ({ kind: "found", order: snapshot(orderId) }),
  concurrency = 10,
): Promise<TestEngine> {
  const reports: StepReport[] = [];
  const stopping = new AbortController();
  const waiting = new Set<() => void>();
  const module = (name: string, operations: readonly string[]): ProvisioningModule => ({
    name,
    operations,
    run: answer,
    close: () => Promise.resolve(),
  });
  const deps: EngineDeps = {
    store,
    orgId,
    modules: [
      module("billing", ["ensure-client", "add-order", "accept-order"]),
      module("network", ["activate"]),
      module("notify", ["order-active"]),
    ],
    validation: {
      catalogue: demoCatalogue,
      readOrder: (orderId) => Promise.resolve(readOrder(orderId)),
      standingOf: (status) =>
        status === "Approved" ? "approved" : status === "Cancelled" ? "cancelled" : "other",
    },
    leases: new Leases(),
    retryPolicy: { baseDelayMs: 10, maxDelayMs: 20, moduleWideMaxDelayMs: 20 },
    now: () => Date.now(),
    random: () => 0.5,
    onStep(report) {
      reports.push(report);
      for (const wake of waiting) wake();
    },
  };
  const errors: Error[] = [];
  const host = await startWorkers(
    { pool: store.database.queuePool, schema: store.database.schemas.queue },
    queues.map((queue) => ({ queue, concurrency })),
    (job) => runStep(deps, job, stopping.signal),
    (_queue, error) => errors.push(error),
  );
  return {
    deps,
    reports,
    async until(condition) {
      for (;;) {
        const next = new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
        if (await condition()) return;
        if (errors[0] !== undefined) throw errors[0];
        await next;
      }
    },
    async stop() {
      stopping.abort();
      await host.close();
    },
  };
}

export async function statesOf(store: Store): Promise<readonly string[]> {
  const { rows } = await store.query<{ state: string }>(
    "SELECT state FROM order_revision ORDER BY revision_id",
  );
  return rows.map((row) => row.state);
}

export async function allIn(store: Store, state: string): Promise<boolean> {
  return (await statesOf(store)).every((current) => current === state);
}
