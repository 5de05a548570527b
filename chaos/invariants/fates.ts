import { fateOf } from "../org/org-orders.ts";
import type { Fate } from "../org/org-orders.ts";
import type { Evidence, Verdict } from "./evidence.ts";

/** 10: every approved order has come to an end or waits for somebody; none is missing. */
export function judgeFates({ orders, approvals, beforeGoLive, store }: Evidence): Verdict {
  const counts: Record<Fate | "missing", number> = {
    completed: 0,
    held: 0,
    pending: 0,
    cancelled: 0,
    failed: 0,
    open: 0,
    missing: 0,
  };
  const broken: string[] = [];
  const byId = new Map(orders.map((order) => [order.Id, order]));
  for (const id of approvals.keys()) {
    if (beforeGoLive.has(id)) continue;
    const order = byId.get(id);
    if (order === undefined) {
      counts.missing += 1;
      broken.push(`order ${id} was approved and the org does not have it`);
      continue;
    }
    const fate = fateOf(order);
    counts[fate] += 1;
    if (fate === "open") {
      const here = store.revisions.findLast(({ orderId, state }) => orderId === id && state !== "absorbed");
      const standing = here === undefined ? "unknown" : `${here.state} (${here.todo ?? "nothing to do"})`;
      broken.push(
        `order ${id} is ${order.Status} and ${order.Provisioning_Status__c ?? "blank"}, and here ${standing}`,
      );
    }
    if (fate === "failed") broken.push(`order ${id} failed, which only a person decides`);
  }
  return {
    invariant: 10,
    title: "every approved order has come to an end or waits for somebody",
    counts,
    broken,
  };
}
