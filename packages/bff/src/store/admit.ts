import { canonical, payloadDigest, requestKeyOf } from "../orders/provision-request.ts";
import type { Admission } from "./admission.ts";
import { beginAdmission } from "./admit-rules.ts";
import type { FirstStep } from "./admit-approvals.ts";
import { admitWave } from "./admit-wave.ts";
import type { KeyedRequest } from "./admit-wave.ts";
import { inWaves } from "./admit-waves.ts";
import type { IncomingBatch, IncomingEvent, RejectedEvent, RequestEvent } from "./incoming-batch.ts";
import { movePosition } from "./intake-position.ts";
import { lockOrders } from "./lock-orders.ts";
import { findInQuarantine, quarantine } from "./quarantine.ts";
import type { Store, StoreTransaction } from "./store.ts";

export type AdmitDeps = {
  readonly store: Pick<Store, "transaction">;
  readonly firstStep: FirstStep;
};

/**
 * Hands a batch over, exactly once: inbox, revisions, first jobs and cursor commit together or not at all. A batch
 * that comes again changes nothing but the count of deliveries. A batch costs about as many statements as one event;
 * portions of 100 to 500 are quickest.
 *
 * @returns what became of each event, in order.
 * @throws {StoreError} `wrong_org`, `stale_epoch`; nothing of the batch is stored then.
 */
export async function admit(deps: AdmitDeps, batch: IncomingBatch): Promise<readonly Admission[]> {
  const wanted = batch.events.filter((event) => event.kind === "request");
  return deps.store.transaction(async (tx) => {
    const rules = await beginAdmission(tx, batch.orgId);
    const admissions = new Map<IncomingEvent, Admission>();
    // Only the stream brings events by itself; the others know what they bring.
    const kept = await findInQuarantine(tx, batch, batch.source === "stream" ? wanted : []);
    for (const [event, why] of kept) {
      admissions.set(event, { kind: "quarantined", eventId: event.eventId, ...why });
    }
    const requests = wanted.filter((event) => !kept.has(event)).map((event) => keyed(event));
    const waves = inWaves(requests, keysOf);
    for (const event of batch.events) {
      if (event.kind === "rejected") admissions.set(event, await reject(tx, batch, event));
    }
    if (waves.length > 1) await lockAll(tx, batch.orgId, requests);
    for (const wave of waves) {
      const admitted = await admitWave(tx, { batch, rules, firstStep: deps.firstStep }, wave);
      for (const [{ event }, admission] of admitted) admissions.set(event, admission);
    }
    if (batch.position !== null) await movePosition(tx, batch, batch.position, batch.receivedAt);
    return batch.events.flatMap((event) => admissions.get(event) ?? []);
  });
}

function keyed(event: RequestEvent): KeyedRequest {
  const requestKey = requestKeyOf(event.request, event.eventId);
  const payloadText = canonical(event.payload);
  return { event, requestKey, payloadText, digest: payloadDigest(payloadText) };
}

/** Events that share one of these must be admitted one after another. */
function keysOf({ event, requestKey }: KeyedRequest): readonly string[] {
  return [`event ${event.eventId}`, `order ${event.request.orderId}`, `request ${requestKey}`];
}

/** Wave by wave the locks would be taken in no certain order, and two transactions could wait for each other. */
async function lockAll(
  tx: StoreTransaction,
  orgId: string,
  requests: readonly KeyedRequest[],
): Promise<void> {
  const orderIds = requests.map(({ event }) => event.request.orderId);
  const requestKeys = requests.map(({ requestKey }) => requestKey);
  await lockOrders(tx, orgId, orderIds, requestKeys);
}

async function reject(tx: StoreTransaction, batch: IncomingBatch, event: RejectedEvent): Promise<Admission> {
  const { eventId, reason, detail } = event;
  await quarantine(tx, batch, event, reason, detail);
  return { kind: "quarantined", eventId, reason, detail };
}
