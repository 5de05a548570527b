import { makeRecordId } from "../ids.ts";
import type { OrgDatabase } from "../records/org-database.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { EventBus } from "../org-core.ts";

/** Why the org is not what it was. Whoever holds a position on the bus, or a session, has to hear of it. */
export type StateChange = "reset" | "restored" | "stream_reset" | "sandbox_refreshed";

/** The whole of the org as one thing: kept, brought back, emptied, and made another org. */
export type OrgState = {
  /** Writes all of it to a file, which must not exist. */
  copyTo(file: string): void;
  /** Back to what a copy holds. @throws {OrgDatabaseError} */
  restoreFrom(file: string): void;
  /** Back to the seed: records, events, numbers. */
  reset(): void;
  /**
   * The event stream begins anew, as after a migration: what was retained is gone. Old replay ids mean nothing; with
   * `overlap` the new numbers begin 200 below the newest, so that an old id becomes valid again after a while and
   * stands at the wrong place.
   */
  resetStream(overlap: boolean): void;
  /** Another org with the same record ids, as a refreshed sandbox is. Returns its id. */
  refreshSandbox(orgId?: string): string;
  /** Keeps a whole number with the org's data, and reads it back. */
  remember(name: string, number: number): void;
  recall(name: string): number | undefined;
  /** Told after each change of the whole. Returns how to stop. */
  onChange(listener: (change: StateChange) => void): () => void;
};

export type OrgStateParts = {
  readonly database: OrgDatabase;
  readonly store: RecordStore;
  readonly bus: EventBus;
  /** What keeps parts of the database in memory and reads them again when it was replaced as a whole. */
  readonly readers: readonly { reload(): void }[];
  /** Makes the seed's records in an empty database. */
  readonly fill: () => void;
};

/** Refreshed sandboxes get ids that no other org of the emulator has. */
const refreshCounter = "sandbox.refreshes";
const overlapSpan = 200;

export function openOrgState({ database, store, bus, readers, fill }: OrgStateParts): OrgState {
  const listeners = new Set<(change: StateChange) => void>();
  const tell = (change: StateChange): void => {
    for (const listener of listeners) listener(change);
  };
  return {
    copyTo: (file) => {
      database.copyTo(file);
    },
    restoreFrom(file) {
      database.replaceFrom(file);
      for (const reader of readers) reader.reload();
      tell("restored");
    },
    reset() {
      database.clear();
      bus.restart();
      for (const reader of readers) reader.reload();
      fill();
      tell("reset");
    },
    resetStream(overlap) {
      bus.restart(overlap ? Math.max(1, bus.latest().position - overlapSpan) : undefined);
      tell("stream_reset");
    },
    refreshSandbox(given) {
      const [organization] = store.all("Organization");
      const orgId = given ?? makeRecordId("00D", 100_000 + store.nextNumber(refreshCounter));
      database.transaction(() => {
        store.rename("Organization", String(organization?.["Id"]), orgId);
        bus.restart();
      });
      tell("sandbox_refreshed");
      return orgId;
    },
    remember: (name, number) => {
      store.setNumber(name, number);
    },
    recall: (name) => store.readNumber(name),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
