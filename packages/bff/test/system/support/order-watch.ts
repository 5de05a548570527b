import { waitFor } from "./wait-for.ts";
import type { OrgClient } from "./org-client.ts";

const INTERVAL_MS = 25;

/** What an Order showed, one after the other; the same twice in a row counts once. */
export type Seen = {
  readonly provisioningStatuses: readonly string[];
  readonly statuses: readonly string[];
};

/**
 * Reads an Order over and over until it is Activated; start it before the approval, so that nothing is missed.
 *
 * @throws {Error} after `deadlineMs`, with what was seen and `picture`.
 */
export async function watchOrder(
  org: OrgClient,
  orderId: string,
  deadlineMs: number,
  picture: () => Promise<string>,
): Promise<Seen> {
  const provisioningStatuses: string[] = [];
  const statuses: string[] = [];
  await waitFor(
    `the Order ${orderId} is Activated`,
    async () => {
      const order = await org.order(orderId);
      addChange(provisioningStatuses, order.Provisioning_Status__c);
      addChange(statuses, order.Status);
      return order.Status === "Activated" ? true : undefined;
    },
    {
      deadlineMs,
      intervalMs: INTERVAL_MS,
      picture: async () => `saw ${JSON.stringify({ provisioningStatuses, statuses })}\n${await picture()}`,
    },
  );
  return { provisioningStatuses, statuses };
}

function addChange(list: string[], value: string): void {
  if (list.at(-1) !== value) list.push(value);
}
