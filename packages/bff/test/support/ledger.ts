import { createHash } from "node:crypto";
import type { IncomingBatch, RequestEvent } from "../../src/store/incoming-batch.ts";
import { admit } from "../../src/store/admit.ts";
import { adoptAtFirstStart } from "../../src/store/deployment.ts";
import type { IntakePosition } from "../../src/store/intake-position.ts";
import { takePosition } from "../../src/store/intake-position.ts";
import type { Store } from "../../src/store/store.ts";
import { openStore } from "../../src/store/store.ts";
import type { ProvisionRequest } from "../../src/orders/provision-request.ts";
import { firstStep } from "../../src/provisioning/first-step.ts";
import type { TestDatabase } from "./databases.ts";

export const orgId = "00D000000000001EAA";
export const topic = "/event/OrderProvisionRequested__e";
export const goLiveAt = "2026-01-01T00:00:00.000Z";
export const queues = ["order", "billing", "network", "notify"];

/** Well-formed 18-character order ids: 801 and a number. The suffix of such an id is always the same. */
export function orderIdOf(n: number): string {
  return `801${String(n).padStart(12, "0")}AAA`;
}

export type Ledger = { readonly store: Store; readonly position: IntakePosition };

export async function openLedger(database: TestDatabase): Promise<Ledger> {
  const opened = await database.open();
  const store = await openStore(opened, queues);
  await adoptAtFirstStart(opened, orgId, goLiveAt);
  return { store, position: await takePosition(opened, orgId, topic, 1) };
}

export function approval(
  n: number,
  changes: Partial<ProvisionRequest> & { readonly eventId?: string } = {},
): RequestEvent {
  const { eventId = `event-${n}`, ...request } = changes;
  const orderId = request.orderId ?? orderIdOf(n);
  const full: ProvisionRequest = {
    kind: "provision",
    orderId,
    requestKey: `${orderId}-1-P`,
    orderNumber: String(n).padStart(8, "0"),
    accountId: null,
    approvedAt: "2026-11-24T10:00:00.000Z",
    approvedById: null,
    orderModifiedAt: null,
    totalAmount: 12,
    ...request,
  };
  return {
    kind: "request",
    eventId,
    replayId: replayIdOf(n),
    schemaId: "schema",
    raw: Buffer.from(JSON.stringify(full)),
    payload: { ...full },
    request: full,
  };
}

export function replayIdOf(n: number): Uint8Array {
  return createHash("sha256").update(String(n)).digest().subarray(0, 10);
}

export function batchOf(ledger: Ledger, events: IncomingBatch["events"], at = 1): IncomingBatch {
  return {
    orgId,
    topic,
    source: "stream",
    epoch: ledger.position.epoch,
    events,
    position: replayIdOf(1000 + at),
    receivedAt: new Date(Date.parse(goLiveAt) + at * 1000).toISOString(),
  };
}

export function admitEvents(ledger: Ledger, events: IncomingBatch["events"], at = 1) {
  return admit({ store: ledger.store, firstStep }, batchOf(ledger, events, at));
}

export async function countRows(store: Store, table: string): Promise<number> {
  const { rows } = await store.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
  return rows[0]?.n ?? -1;
}
