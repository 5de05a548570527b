import type { Admission, AdmittedRequest } from "./admission.ts";
import { admitApprovals } from "./admit-approvals.ts";
import type { DecidedApproval, FirstStep } from "./admit-approvals.ts";
import { admitCancellation } from "./admit-cancellation.ts";
import type { AdmitRules } from "./admit-rules.ts";
import { decideApproval } from "./decide-approval.ts";
import { countRedeliveries, storeInInbox } from "./inbox.ts";
import type { IncomingBatch, RequestEvent } from "./incoming-batch.ts";
import { lockOrders } from "./lock-orders.ts";
import type { LockedOrders } from "./lock-orders.ts";
import { quarantine } from "./quarantine.ts";
import type { StoreTransaction } from "./store.ts";

/** A request with what tells it from others. */
export type KeyedRequest = {
  readonly event: RequestEvent;
  readonly requestKey: string;
  /** The payload as canonical JSON. */
  readonly payloadText: string;
  /** Of that text. */
  readonly digest: string;
};

/** What holds for all events of a batch. */
export type Admitting = {
  readonly batch: Pick<IncomingBatch, "orgId" | "topic" | "source" | "receivedAt">;
  readonly rules: AdmitRules;
  readonly firstStep: FirstStep;
};

const ID_REUSED = "an event with this id but another payload was received before: publishers can set ids";

/**
 * Admits requests of which no two share an event id, an order or a request key, as one set: a few statements however
 * many they are. Only cancellations and approvals that resume an order take some of their own.
 *
 * @returns what became of each.
 */
export async function admitWave(
  tx: StoreTransaction,
  admitting: Admitting,
  wave: readonly KeyedRequest[],
): Promise<ReadonlyMap<KeyedRequest, Admission>> {
  const { batch } = admitting;
  const outcomes = new Map<KeyedRequest, Admission>();
  const known = await countRedeliveries(tx, batch, wave);
  const fresh: KeyedRequest[] = [];
  for (const request of wave) {
    const { eventId } = request.event;
    const payload = known.get(eventId);
    if (payload === undefined) fresh.push(request);
    else if (payload === "same") outcomes.set(request, { kind: "redelivered", eventId });
    else outcomes.set(request, await setAside(tx, batch, request.event, "id_reused", ID_REUSED));
  }
  if (fresh.length === 0) return outcomes;

  const orderIds = fresh.map(({ event }) => event.request.orderId);
  const requestKeys = fresh.map(({ requestKey }) => requestKey);
  const orders = await lockOrders(tx, batch.orgId, orderIds, requestKeys);
  const { approvals, cancellations, strays } = sort(fresh, orders, admitting.rules);
  const admitted = new Map<KeyedRequest, AdmittedRequest>();
  for (const [request, admission] of await admitApprovals(tx, admitting, approvals)) {
    admitted.set(request, admission);
  }
  for (const request of cancellations) {
    admitted.set(
      request,
      await admitCancellation(tx, admitting, request, orders.of(request.event.request.orderId)),
    );
  }
  await storeInInbox(tx, batch, admitted);
  for (const [request, admission] of admitted) outcomes.set(request, admission);
  for (const { request, detail } of strays) {
    outcomes.set(request, await setAside(tx, batch, request.event, "invalid", detail));
  }
  return outcomes;
}

function sort(requests: readonly KeyedRequest[], orders: LockedOrders, rules: AdmitRules) {
  const approvals: DecidedApproval[] = [];
  const cancellations: KeyedRequest[] = [];
  const strays: { readonly request: KeyedRequest; readonly detail: string }[] = [];
  for (const request of requests) {
    if (request.event.request.kind === "cancel") {
      cancellations.push(request);
      continue;
    }
    const decision = decideApproval(request.event.request, request.requestKey, orders, rules);
    if (decision.kind === "key_of_another_order") {
      const detail =
        `its request key ${request.requestKey} belongs to order ${decision.orderId}, which came first; ` +
        "correct the publisher, so that each order has keys of its own, and approve the order again";
      strays.push({ request, detail });
    } else {
      approvals.push({ request, decision });
    }
  }
  return { approvals, cancellations, strays };
}

async function setAside(
  tx: StoreTransaction,
  batch: Admitting["batch"],
  event: RequestEvent,
  reason: "id_reused" | "invalid",
  detail: string,
): Promise<Admission> {
  await quarantine(tx, batch, event, reason, detail);
  return { kind: "quarantined", eventId: event.eventId, reason, detail };
}
