import type { Evidence, Verdict } from "./evidence.ts";

/** 3: each inbox row led to one revision or is a duplicate of one; each request key has one revision. */
export function judgeHandOff({ store }: Evidence): Verdict {
  const revisions = new Map(store.revisions.map((revision) => [revision.revisionId, revision]));
  const byKey = new Map<string, number[]>();
  for (const { requestKey, revisionId } of store.revisions) {
    byKey.set(requestKey, [...(byKey.get(requestKey) ?? []), revisionId]);
  }
  const starters = new Map<number, string[]>();
  const broken: string[] = [];
  for (const row of store.inbox) {
    const revision = row.revisionId === null ? undefined : revisions.get(row.revisionId);
    if (revision === undefined) {
      if (row.disposition !== "cancellation")
        broken.push(`inbox row ${row.eventId} (${row.disposition}) has no revision`);
      continue;
    }
    if (revision.orderId !== row.orderId)
      broken.push(`inbox row ${row.eventId} led to a revision of another order`);
    if (row.disposition === "admitted") {
      starters.set(revision.revisionId, [...(starters.get(revision.revisionId) ?? []), row.eventId]);
    }
  }
  for (const [key, ids] of byKey) {
    if (ids.length > 1) broken.push(`request ${key} has the revisions ${ids.join(", ")}`);
  }
  for (const [id, events] of starters) {
    if (events.length > 1) broken.push(`revision ${id} was started by the events ${events.join(", ")}`);
  }
  const requestKeys = new Set(store.inbox.map(({ requestKey }) => requestKey));
  for (const { revisionId, requestKey } of store.revisions) {
    if (!requestKeys.has(requestKey))
      broken.push(`revision ${revisionId} (${requestKey}) came from no inbox row`);
  }
  const dispositions = Object.groupBy(store.inbox, ({ disposition }) => disposition);
  return {
    invariant: 3,
    title: "each inbox row led to one revision, and each request key has one",
    counts: {
      revisions: store.revisions.length,
      ...Object.fromEntries(Object.entries(dispositions).map(([name, rows]) => [name, rows?.length ?? 0])),
      "delivered again": store.inbox.reduce((sum, { deliveries }) => sum + deliveries - 1, 0),
    },
    broken,
  };
}
