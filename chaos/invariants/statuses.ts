import type { Evidence, Verdict } from "./evidence.ts";

/** 9: an older status never replaced a newer one, and no write of ours counted as an approval. */
export function judgeStatuses({ orders, approvals, fallenVersions }: Evidence): Verdict {
  const broken = [...fallenVersions];
  for (const { Id, Approval_Sequence__c: sequence } of orders) {
    const expected = approvals.get(Id) ?? 0;
    if ((sequence ?? 0) !== expected) {
      broken.push(`order ${Id} was approved ${expected} times and its counter says ${sequence ?? 0}`);
    }
  }
  return {
    invariant: 9,
    title: "no older status replaced a newer one, and no write-back approved anything",
    counts: {
      orders: orders.length,
      approvals: [...approvals.values()].reduce((sum, count) => sum + count, 0),
      "orders with a status of ours": orders.filter((order) => order.Provisioning_Version__c !== null).length,
    },
    broken,
  };
}
