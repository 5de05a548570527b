import type { JsonObject } from "../orders/json.ts";
import type { ProvisionRequest } from "../orders/provision-request.ts";
import { payloadDigest } from "../orders/provision-request.ts";
import { admitCancellation } from "./admit-cancellation.ts";
import { admitProvision } from "./admit-provision.ts";
import type { Admission } from "./admission.ts";
import { movePosition } from "./intake-position.ts";
import { quarantine } from "./quarantine.ts";
import type { Store, StoreTransaction } from "./store.ts";

/** What every event has, whatever is in it. */
type Envelope = {
  readonly eventId: string;
  readonly replayId: Uint8Array;
  readonly schemaId: string;
  /** The Avro bytes as they came. */
  readonly raw: Uint8Array;
};

/** What the sweep and the replay by order make of an order's record: it never was on the bus. */
type SweptEnvelope = {
  readonly eventId: string;
  readonly replayId: null;
  readonly schemaId: null;
  readonly raw: null;
};

export type IncomingEvent =
  | ((Envelope | SweptEnvelope) & {
      readonly kind: "request";
      readonly payload: JsonObject;
      readonly request: ProvisionRequest;
    })
  | (Envelope & {
      readonly kind: "rejected";
      readonly reason: "undecodable" | "invalid" | "wrong_org";
      /** Null when it could not be decoded. */
      readonly payload: JsonObject | null;
      /** What is wrong with it, in an operator's words. */
      readonly detail: string;
    });

/** Events in the bus's order, and the position to go on from once they are stored. */
export type IncomingBatch = {
  readonly orgId: string;
  readonly topic: string;
  readonly epoch: number;
  readonly events: readonly IncomingEvent[];
  /** Null for what did not come over the stream that is read: cursor and epoch are left alone. */
  readonly position: Uint8Array | null;
  readonly source?: AdmissionSource;
  /** ISO 8601, by the service's clock. */
  readonly receivedAt?: string;
};

export type AdmissionSource = "stream" | "replay" | "sweep" | "quarantine";

/** The step that every new revision begins with; its plan makes the others. */
export type FirstStep = {
  readonly name: string;
  readonly label: string;
  readonly module: string;
  readonly operation: string;
};

export type AdmitDeps = {
  readonly store: Pick<Store, "transaction">;
  readonly firstStep: FirstStep;
  /** Nothing approved before this moment is started. ISO 8601. */
  readonly goLiveAt: string;
};

/**
 * Hands a batch over, exactly once: inbox, revisions, first jobs and cursor commit together or not at all. A batch
 * that comes again changes nothing but the count of deliveries.
 *
 * @returns what became of each event, in order.
 * @throws {StoreError} `stale_epoch`
 */
export async function admit(deps: AdmitDeps, batch: IncomingBatch): Promise<readonly Admission[]> {
  return deps.store.transaction(async (tx) => {
    const admissions: Admission[] = [];
    for (const event of batch.events) admissions.push(await admitOne(tx, deps, batch, event));
    if (batch.position !== null) await movePosition(tx, batch, batch.position);
    return admissions;
  });
}

async function admitOne(
  tx: StoreTransaction,
  deps: AdmitDeps,
  batch: IncomingBatch,
  event: IncomingEvent,
): Promise<Admission> {
  if (event.kind === "rejected") {
    await quarantine(tx, batch, event, event.reason, event.detail);
    return { kind: "quarantined", eventId: event.eventId, reason: event.reason, detail: event.detail };
  }
  const digest = payloadDigest(event.payload);
  const known = await tx.query<{ payload_digest: string }>(
    `UPDATE inbox SET deliveries = deliveries + 1, last_delivered_at = coalesce($4::timestamptz, now())
     WHERE org_id = $1 AND topic = $2 AND event_id = $3 RETURNING payload_digest`,
    [batch.orgId, batch.topic, event.eventId, batch.receivedAt ?? null],
  );
  const first = known.rows[0];
  if (first !== undefined) {
    // An id that was made of a request names that request, however its record looks by now.
    if (first.payload_digest === digest || event.raw === null) return { kind: "redelivered", eventId: event.eventId };
    const detail = "an event with this id but another payload was received before: publishers can set ids";
    await quarantine(tx, batch, event, "id_reused", detail);
    return { kind: "quarantined", eventId: event.eventId, reason: "id_reused", detail };
  }
  const admission =
    event.request.kind === "provision"
      ? await admitProvision(tx, deps, batch.orgId, event.eventId, event.request)
      : await admitCancellation(tx, batch.orgId, event.eventId, event.request);
  await tx.query(
    `INSERT INTO inbox (org_id, topic, event_id, replay_id, schema_id, payload, payload_digest,
                        order_id, request_key, disposition, revision_id, source, received_at)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12, coalesce($13::timestamptz, now()))`,
    [
      batch.orgId,
      batch.topic,
      event.eventId,
      event.replayId,
      event.schemaId,
      JSON.stringify(event.payload),
      digest,
      admission.orderId,
      admission.requestKey,
      admission.disposition,
      admission.revisionId,
      batch.source ?? "stream",
      batch.receivedAt ?? null,
    ],
  );
  return admission;
}
