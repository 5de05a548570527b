import type { FoundRequest } from "../orders/found-request.ts";
import { payloadDigest } from "../orders/provision-request.ts";
import type { AdmittedRequest } from "./admission.ts";
import { admitCancellation } from "./admit-cancellation.ts";
import { admitProvision } from "./admit-provision.ts";
import type { AdmitDeps } from "./admit.ts";
import type { GapTopic } from "./gap.ts";

/** Hands over what the sweep found, by the rules that events are admitted by; the topic's position stays as it is. */
export async function admitFound(
  deps: AdmitDeps,
  { orgId, topic }: GapTopic,
  found: readonly FoundRequest[],
  receivedAt: string,
): Promise<readonly AdmittedRequest[]> {
  return deps.store.transaction(async (tx) => {
    const admissions: AdmittedRequest[] = [];
    for (const { eventId, payload, request } of found) {
      const admission =
        request.kind === "provision"
          ? await admitProvision(tx, deps, orgId, eventId, request)
          : await admitCancellation(tx, orgId, eventId, request);
      await tx.query(
        `INSERT INTO inbox (org_id, topic, event_id, payload, payload_digest, source, received_at,
                            order_id, request_key, disposition, revision_id)
         VALUES ($1, $2, $3, $4::jsonb, $5, 'sweep', $6::timestamptz, $7, $8, $9, $10)
         ON CONFLICT (org_id, topic, event_id)
           DO UPDATE SET deliveries = inbox.deliveries + 1, last_delivered_at = excluded.received_at`,
        [
          orgId,
          topic,
          eventId,
          JSON.stringify(payload),
          payloadDigest(payload),
          receivedAt,
          admission.orderId,
          admission.requestKey,
          admission.disposition,
          admission.revisionId,
        ],
      );
      admissions.push(admission);
    }
    return admissions;
  });
}
