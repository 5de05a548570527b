import type { Evidence, Verdict } from "./evidence.ts";

/** 8: nothing that was approved before go-live was started. */
export function judgeGoLive({ beforeGoLive, store, orders, downstreams }: Evidence): Verdict {
  const broken: string[] = [];
  const known = new Set<string>();
  for (const { orderId, requestKey, state, steps } of store.revisions) {
    if (!beforeGoLive.has(orderId)) continue;
    known.add(orderId);
    if (state !== "before_go_live" || steps > 0) {
      broken.push(`${requestKey} was approved before go-live and is ${state} with ${steps} steps`);
    }
  }
  for (const { Id, Provisioning_Status__c: status } of orders) {
    if (beforeGoLive.has(Id) && status !== "Not Requested") {
      broken.push(`order ${Id} was approved before go-live and is shown as ${status}`);
    }
  }
  const keys = new Set(store.effects.flatMap(({ key, orderId }) => (beforeGoLive.has(orderId) ? [key] : [])));
  const effects = downstreams.effects.filter(({ key }) => key !== null && keys.has(key));
  if (effects.length > 0)
    broken.push(`${effects.length} effects were made for orders approved before go-live`);
  return {
    invariant: 8,
    title: "nothing approved before go-live was started",
    counts: {
      "approved before go-live": beforeGoLive.size,
      "listed as such": known.size,
      effects: effects.length,
    },
    broken,
  };
}
