import type { Clock } from "../clock.ts";
import { OrgError } from "../org-core.ts";
import type { CommittedChanges, SaveRowResult } from "../org-core.ts";
import type { OrgDatabase } from "./org-database.ts";
import type { RecordStore } from "./record-store.ts";
import type { StagedEvents } from "./staged-events.ts";

/** Saves that start further saves end here at the latest; the platform has such a limit too. */
const maxDepth = 16;

export type SaveTransactionOptions = {
  readonly database: OrgDatabase;
  readonly store: RecordStore;
  readonly staged: StagedEvents;
  readonly clock: Clock;
  /** Told of each request that changed records, when everything of it is on disk and on the bus. */
  readonly onCommitted: (changes: CommittedChanges) => void;
};

/** A batch of which all rows had to be good; `results` still holds what became of each. */
class BatchRefused extends Error {
  override readonly name = "BatchRefused";
  readonly results: readonly SaveRowResult[];

  constructor(results: readonly SaveRowResult[]) {
    super("a row of an all-or-none batch was refused");
    this.results = results;
  }
}

/**
 * The one transaction of a request. Saves inside a save join it as parts; a part that fails is undone alone: its
 * records in memory and on disk, and the events that were to follow the commit.
 */
export class SaveTransaction {
  readonly #options: SaveTransactionOptions;
  #isOpen = false;
  #depth = 0;

  constructor(options: SaveTransactionOptions) {
    this.#options = options;
  }

  /** Runs one save. @throws {OrgError} CANNOT_EXECUTE_FLOW_TRIGGER when too many saves started one another. */
  save<Result>(work: (nowMs: number) => Result): Result {
    if (this.#depth >= maxDepth) {
      throw new OrgError("CANNOT_EXECUTE_FLOW_TRIGGER", `more than ${maxDepth} saves started one another`);
    }
    this.#depth += 1;
    try {
      return this.request(() => work(this.#options.clock()));
    } finally {
      this.#depth -= 1;
    }
  }

  /** Runs all that one request does: alone in its transaction, or as a part of the one that is open. */
  request<Result>(work: () => Result): Result {
    const { database, staged, store, onCommitted } = this.#options;
    if (this.#isOpen) return this.#part(work);
    this.#isOpen = true;
    let eventCount = 0;
    let result: Result;
    try {
      result = database.transaction(() => {
        const made = work();
        eventCount = staged.appendAfterCommitEvents();
        return made;
      });
    } finally {
      this.#isOpen = false;
      eventCount += staged.finish();
    }
    const records = store.takeChanges();
    if (records.length > 0) onCommitted({ records, eventCount });
    return result;
  }

  /** Saves the rows of a batch one by one, each as a part that can fail alone. Results come in their order. */
  batch<Row>(rows: readonly Row[], allOrNone: boolean, save: (row: Row) => string): readonly SaveRowResult[] {
    try {
      return this.request(() => {
        const results = rows.map((row) => attempt(() => save(row)));
        if (allOrNone && results.some(({ kind }) => kind === "refused")) throw new BatchRefused(results);
        return results;
      });
    } catch (reason) {
      if (!(reason instanceof BatchRefused)) throw reason;
      return reason.results.map((result) => (result.kind === "refused" ? result : rolledBack()));
    }
  }

  #part<Result>(work: () => Result): Result {
    const { database, staged } = this.#options;
    const mark = staged.mark();
    try {
      return database.savepoint(work);
    } catch (reason) {
      staged.dropAfter(mark);
      throw reason;
    }
  }
}

function attempt(save: () => string): SaveRowResult {
  try {
    return { kind: "saved", id: save() };
  } catch (reason) {
    if (!(reason instanceof OrgError)) throw reason;
    return { kind: "refused", error: reason };
  }
}

function rolledBack(): SaveRowResult {
  const message =
    "Record rolled back because not all records were valid and the request was using AllOrNone header";
  return { kind: "refused", error: new OrgError("ALL_OR_NONE_OPERATION_ROLLED_BACK", message) };
}
