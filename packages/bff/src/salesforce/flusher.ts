import { provisioningStatusOf } from "./mapping.ts";
import type { SalesforceMapping } from "./mapping.ts";
import type { StatusOutcome, StatusRow } from "./status-writer.ts";
import {
  recordActivated,
  recordActivationRefused,
  recordActivationRetry,
  takeDueActivations,
} from "../store/activation-ledger.ts";
import { untilNextFlush } from "../store/next-flush.ts";
import type { Store } from "../store/store.ts";
import { recordRefused, recordRetry, recordWritten, takeDueWrites } from "../store/write-back-ledger.ts";
import type { DueWrite } from "../store/write-back-ledger.ts";

/** One collections request takes so many records. */
const WRITES_A_CALL = 200;
/** Few at a time: each activation fires the org's own automation. */
const ACTIVATIONS_A_CALL = 10;
const MAX_BACKOFF_MS = 60_000;
/** Looks at the ledger at least so often, whatever notification got lost. */
const IDLE_MS = 5_000;

export type FlusherDeps = {
  readonly store: Store;
  readonly orgId: string;
  readonly mapping: SalesforceMapping;
  writeStatuses(rows: readonly StatusRow[], signal: AbortSignal): Promise<readonly StatusOutcome[]>;
  activateOrders(orderIds: readonly string[], signal: AbortSignal): Promise<readonly StatusOutcome[]>;
  now(): number;
  random(): number;
  /** Resolves after `delayMs`, when the ledger changed, or when the signal aborts. */
  waitForChange(delayMs: number, signal: AbortSignal): Promise<void>;
  /** For logs. Must not throw. */
  onProblem(message: string): void;
};

/**
 * Sends what Salesforce does not know yet, until `signal` aborts: level-triggered, so what is sent is the state at the
 * time of sending, and a write that got lost is sent again with the state as it is then.
 */
export async function runFlusher(deps: FlusherDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const sent = (await flushStatuses(deps, signal)) + (await flushActivations(deps, signal));
      if (sent > 0) continue;
      const waitMs = await untilNextFlush(deps.store.database, deps.orgId);
      await deps.waitForChange(Math.min(waitMs ?? IDLE_MS, IDLE_MS), signal);
    } catch (error) {
      if (signal.aborted) return;
      deps.onProblem(error instanceof Error ? error.message : String(error));
      await deps.waitForChange(IDLE_MS, signal);
    }
  }
}

async function flushStatuses(deps: FlusherDeps, signal: AbortSignal): Promise<number> {
  const { store, orgId } = deps;
  const due = await takeDueWrites(store.database, orgId, deps.now(), WRITES_A_CALL);
  if (due.length === 0) return 0;
  const outcomes = await orRetry(deps, due.length, signal, () =>
    deps.writeStatuses(
      due.map((write) => toRow(write, deps.mapping)),
      signal,
    ),
  );
  for (const [index, write] of due.entries()) {
    const outcome = outcomes[index] ?? { kind: "retry", reason: "Salesforce did not answer for this order" };
    await recordOutcome(deps, write, outcome);
  }
  return due.length;
}

async function recordOutcome(deps: FlusherDeps, write: DueWrite, outcome: StatusOutcome): Promise<void> {
  switch (outcome.kind) {
    case "written":
      return recordWritten(deps.store, write, provisioningStatusOf(write.state, deps.mapping) ?? "");
    case "stale":
      // Salesforce holds a newer version than we ever sent: the next one follows it by the clock.
      return recordRetry(
        deps.store.database,
        write,
        "Salesforce has a newer version",
        backoffMs(deps, write.failures),
      );
    case "retry":
      return recordRetry(deps.store.database, write, outcome.reason, backoffMs(deps, write.failures));
    case "refused":
      return recordRefused(deps.store, write, `${outcome.code}: ${outcome.message}`);
    case "gone":
      return recordRefused(deps.store, write, "the order is no longer there");
  }
}

async function flushActivations(deps: FlusherDeps, signal: AbortSignal): Promise<number> {
  const due = await takeDueActivations(deps.store.database, deps.orgId, ACTIVATIONS_A_CALL);
  if (due.length === 0) return 0;
  const outcomes = await orRetry(deps, due.length, signal, () =>
    deps.activateOrders(
      due.map((activation) => activation.orderId),
      signal,
    ),
  );
  for (const [index, activation] of due.entries()) {
    const outcome = outcomes[index] ?? { kind: "retry", reason: "Salesforce did not answer for this order" };
    switch (outcome.kind) {
      case "written":
        await recordActivated(deps.store, activation);
        break;
      case "stale":
      case "retry": {
        const reason = outcome.kind === "retry" ? outcome.reason : "refused as stale";
        await recordActivationRetry(deps.store, activation, reason, backoffMs(deps, activation.failures));
        break;
      }
      case "refused":
        await recordActivationRefused(deps.store, activation, `${outcome.code}: ${outcome.message}`);
        break;
      case "gone":
        await recordActivationRefused(deps.store, activation, "the order is no longer there");
        break;
    }
  }
  return due.length;
}

/** A call that fails as a whole fails each of its orders the same way, to be tried again. */
async function orRetry(
  deps: FlusherDeps,
  count: number,
  signal: AbortSignal,
  call: () => Promise<readonly StatusOutcome[]>,
): Promise<readonly StatusOutcome[]> {
  try {
    return await call();
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    deps.onProblem(`write-back to Salesforce failed and is tried again: ${reason}`);
    return Array.from({ length: count }, () => ({ kind: "retry", reason }));
  }
}

function backoffMs(deps: FlusherDeps, failures: number): number {
  const fullMs = Math.min(1_000 * 2 ** Math.min(failures, 10), MAX_BACKOFF_MS);
  return Math.round(fullMs * (0.5 + deps.random() / 2));
}

function toRow(write: DueWrite, mapping: SalesforceMapping): StatusRow {
  return {
    orderId: write.orderId,
    status: provisioningStatusOf(write.state, mapping) ?? mapping.provisioning.statuses.notRequested,
    version: write.version,
    step: write.stepLabel,
    errorCode: write.errorCode,
    errorMessage: write.errorMessage,
    startedAt: write.startedAt,
    updatedAt: write.updatedAt,
    completedAt: write.completedAt,
  };
}
