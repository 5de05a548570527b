import type { OrgRecord, RecordChange, RecordView } from "../org-core.ts";
import type { OrgStage } from "../org-stage.ts";

type Late = { readonly objectName: string; readonly before: OrgRecord | undefined; readonly untilMs: number };

/**
 * Shows readers the old state of saved records for a while, as a replica that lags behind does. A record that is late
 * shows the state before the oldest save that is still late; saves that nobody delayed wait behind it.
 */
export class LateRecords {
  readonly #stage: Pick<OrgStage, "faults" | "clock">;
  /** By record id, in the order of the saves. */
  readonly #late = new Map<string, readonly Late[]>();

  constructor(stage: Pick<OrgStage, "faults" | "clock">) {
    this.#stage = stage;
  }

  /** To be told of each committed change. */
  note(changes: readonly RecordChange[]): void {
    const { faults, clock } = this.#stage;
    for (const { objectName, id, before } of changes) {
      const fault = faults.take("record_late", { object: objectName });
      if (fault === undefined) continue;
      const late = { objectName, before, untilMs: clock.now() + fault.delayMs };
      this.#late.set(id, [...(this.#late.get(id) ?? []), late]);
    }
  }

  /** Nothing is late any more: the records of before are gone as a whole. */
  forget(): void {
    this.#late.clear();
  }

  /** The org as its readers see it. */
  viewOf(core: RecordView): RecordView {
    return {
      get schema() {
        return core.schema;
      },
      get: (objectName, id) => {
        const late = this.#shown(objectName, id);
        return late === undefined ? core.get(objectName, id) : late.before;
      },
      all: (objectName) => this.#all(core, objectName),
      recycleBin: {
        get: (objectName, id) =>
          this.#shown(objectName, id) === undefined ? core.recycleBin.get(objectName, id) : undefined,
        all: (objectName) =>
          [...core.recycleBin.all(objectName)].filter(
            (record) => this.#shown(objectName, String(record["Id"])) === undefined,
          ),
      },
    };
  }

  #all(core: RecordView, objectName: string): Iterable<OrgRecord> {
    if (this.#late.size === 0) return core.all(objectName);
    const seen: OrgRecord[] = [];
    for (const record of core.all(objectName)) {
      const late = this.#shown(objectName, String(record["Id"]));
      const shown = late === undefined ? record : late.before;
      if (shown !== undefined) seen.push(shown);
    }
    // Records that are deleted already stand at the end.
    for (const id of this.#late.keys()) {
      const before = core.get(objectName, id) === undefined ? this.#shown(objectName, id)?.before : undefined;
      if (before !== undefined) seen.push(before);
    }
    return seen;
  }

  #shown(objectName: string, id: string): Late | undefined {
    const all = this.#late.get(id);
    if (all === undefined) return undefined;
    const nowMs = this.#stage.clock.now();
    const late = all.filter(({ untilMs }) => untilMs > nowMs);
    if (late.length === 0) this.#late.delete(id);
    return late.find((each) => each.objectName === objectName);
  }
}
