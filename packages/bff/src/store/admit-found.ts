import type { FoundRequest } from "../orders/found-request.ts";
import type { AdmittedRequest } from "./admission.ts";
import type { AdmitDeps } from "./admit.ts";
import { admit } from "./admit.ts";
import type { GapTopic } from "./gap.ts";

/** Hands over what the sweep found, by the rules that events are admitted by; the topic's position stays as it is. */
export async function admitFound(
  deps: AdmitDeps,
  { orgId, topic }: GapTopic,
  found: readonly FoundRequest[],
  receivedAt: string,
): Promise<readonly AdmittedRequest[]> {
  const events = found.map(
    (one) => ({ ...one, kind: "request", replayId: null, schemaId: null, raw: null }) as const,
  );
  const batch = { orgId, topic, source: "sweep", epoch: 0, events, position: null, receivedAt } as const;
  const admissions = await admit(deps, batch);
  return admissions.filter((admission) => admission.kind === "admitted");
}
