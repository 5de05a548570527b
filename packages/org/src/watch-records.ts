import type { OrgCore, OrgRecord } from "./org-core.ts";

/** A record that was created or changed. */
export type RecordChange = { readonly objectName: string; readonly id: string };

export type WatchedOrg = {
  readonly core: OrgCore;
  /** Returns how to stop. Listeners are called after the save and must not throw. */
  onChange(listener: (change: RecordChange) => void): () => void;
};

/**
 * The same org, telling what happens in it: to listeners, and in words to `onLine` where an Order
 * changed its status.
 */
export function watchRecords(core: OrgCore, onLine: (line: { readonly text: string }) => void): WatchedOrg {
  const listeners = new Set<(change: RecordChange) => void>();
  const tell = (objectName: string, id: string): void => {
    for (const listener of listeners) listener({ objectName, id });
  };
  return {
    core: bindCore(core, {
      create(actor, objectName, values) {
        const id = core.create(actor, objectName, values);
        tell(objectName, id);
        return id;
      },
      update(actor, objectName, id, values) {
        const before = objectName === "Order" ? core.get(objectName, id) : undefined;
        const positionBefore = core.bus.latest().position;
        core.update(actor, objectName, id, values);
        const after = before === undefined ? undefined : core.get(objectName, id);
        if (before !== undefined && after !== undefined) {
          const text = describeOrderChange(before, after, hasEventsSince(core, positionBefore));
          if (text !== undefined) onLine({ text });
        }
        tell(objectName, id);
      },
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The core with other ways to write. The members stand one by one, because some change while the org runs. */
function bindCore(core: OrgCore, writes: Pick<OrgCore, "create" | "update">): OrgCore {
  return {
    ...writes,
    get orgId() {
      return core.orgId;
    },
    get schema() {
      return core.schema;
    },
    get metadata() {
      return core.metadata;
    },
    bus: core.bus,
    allocations: core.allocations,
    managedSubscriptions: core.managedSubscriptions,
    get: (objectName, id) => core.get(objectName, id),
    all: (objectName) => core.all(objectName),
    publish: (actor, eventName, values) => core.publish(actor, eventName, values),
    reload: () => {
      core.reload();
    },
    close: () => {
      core.close();
    },
  };
}

function describeOrderChange(before: OrgRecord, after: OrgRecord, hasPublished: boolean): string | undefined {
  const number = String(after["OrderNumber"] ?? after["Id"]);
  const published = hasPublished ? ", event published" : "";
  if (before["Status"] !== after["Status"]) {
    return `org: Order ${number} ${String(after["Status"]).toLowerCase()}${published}`;
  }
  const shown = after["Provisioning_Status__c"];
  if (before["Provisioning_Status__c"] !== shown && typeof shown === "string") {
    return `org: Order ${number} shows ${shown}${published}`;
  }
  return hasPublished ? `org: Order ${number} changed${published}` : undefined;
}

function hasEventsSince(core: OrgCore, position: number): boolean {
  return core.bus.topics().some(({ name }) => core.bus.read(name, position, 1).length > 0);
}
