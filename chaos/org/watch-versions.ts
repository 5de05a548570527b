import { setTimeout as sleep } from "node:timers/promises";
import type { OrgSession } from "./org-session.ts";
import { readApprovedOrders } from "./org-orders.ts";

/** Not often: each look is a call that a fault may bite instead of one of Sluice's. */
const EVERY_MS = 4_000;

/** Looks at the versions of all orders now and then, until `signal` aborts. @returns what went back. */
export async function watchVersions(org: OrgSession, signal: AbortSignal): Promise<readonly string[]> {
  const highest = new Map<string, number>();
  const fallen: string[] = [];
  while (!signal.aborted) {
    const orders = await readApprovedOrders(org).catch(() => []);
    for (const { Id, Provisioning_Version__c: version } of orders) {
      const before = highest.get(Id) ?? 0;
      if ((version ?? 0) < before)
        fallen.push(`order ${Id} fell from version ${before} to ${version ?? "blank"}`);
      else highest.set(Id, version ?? 0);
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return fallen;
}
