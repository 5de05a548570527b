import type { CommittedChanges, OrgCore, RecordChange } from "./org-core.ts";

export type WatchedOrg = {
  readonly core: OrgCore;
  /** Returns how to stop. Listeners are called after the commit, once for each record, and must not throw. */
  onChange(listener: (change: Pick<RecordChange, "objectName" | "id">) => void): () => void;
};

/**
 * The same org, telling what happens in it: to listeners, and in words to `onLine` where an Order
 * changed its status.
 */
export function watchRecords(core: OrgCore, onLine: (line: { readonly text: string }) => void): WatchedOrg {
  core.onChange((changes) => {
    for (const text of describeChanges(changes)) onLine({ text });
  });
  return {
    core,
    onChange: (listener) =>
      core.onChange(({ records }) => {
        for (const record of records) listener(record);
      }),
  };
}

/** Whose event it was is known where one order changed; where many did, their number is told. */
function describeChanges({ records, eventCount }: CommittedChanges): readonly string[] {
  const orders = records.filter(({ objectName }) => objectName === "Order");
  if (orders.length <= 1) return orders.flatMap((order) => describeOrderChange(order, eventCount > 0) ?? []);
  const lines = orders.flatMap((order) => describeOrderChange(order, false) ?? []);
  return eventCount === 0 ? lines : [...lines, `org: ${eventCount} events published`];
}

function describeOrderChange({ before, after }: RecordChange, hasPublished: boolean): string | undefined {
  const published = hasPublished ? ", event published" : "";
  if (before === undefined) return undefined;
  const number = String(before["OrderNumber"] ?? before["Id"]);
  if (after === undefined) return `org: Order ${number} deleted${published}`;
  if (before["Status"] !== after["Status"]) {
    return `org: Order ${number} ${String(after["Status"]).toLowerCase()}${published}`;
  }
  const shown = after["Provisioning_Status__c"];
  if (before["Provisioning_Status__c"] !== shown && typeof shown === "string") {
    return `org: Order ${number} shows ${shown}${published}`;
  }
  return hasPublished ? `org: Order ${number} changed${published}` : undefined;
}
