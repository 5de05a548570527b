import type { ChangeSignal } from "./change-signal.ts";
import type { FeedEntry } from "./journal-feed.ts";
import { latestFeedPosition, readFeed } from "./journal-feed.ts";
import type { Store } from "./store.ts";

/** Entries are read at least so often: a notification may be lost, or an entry wait for an older transaction. */
const IDLE_MS = 500;
const PAGE = 500;

/** Follows the journal once for the whole process and hands new entries, in commit order, to all who listen. */
export class JournalTail {
  readonly #listeners = new Set<(entry: FeedEntry) => void>();

  /** Returns how to stop. The listener must not throw. */
  listen(listener: (entry: FeedEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs until `signal` aborts; begins with what is written after the call. */
  async run(
    store: Pick<Store, "database">,
    orgId: string,
    changes: ChangeSignal,
    signal: AbortSignal,
    onProblem: (message: string) => void,
  ): Promise<void> {
    let position = await latestFeedPosition(store.database, orgId);
    while (!signal.aborted) {
      try {
        const entries = await readFeed(store.database, orgId, position, PAGE);
        for (const entry of entries) {
          position = entry.position;
          for (const listener of this.#listeners) listener(entry);
        }
        if (entries.length === PAGE) continue;
      } catch (error) {
        if (signal.aborted) return;
        onProblem(error instanceof Error ? error.message : String(error));
      }
      await changes.wait(this, IDLE_MS, signal);
    }
  }
}
