/** What happened in the org, by area: `record:saved`, `event:published`, `stream:opened`, `fault:fired`, … */
export type LogKind =
  | "record:saved"
  | "record:refused"
  | "event:published"
  | "event:refused"
  | "event:lost"
  | "event:delivered"
  | "stream:opened"
  | "stream:ended"
  | "session:issued"
  | "session:ended"
  | "fault:armed"
  | "fault:fired"
  | "fault:ended"
  | "clock:changed"
  | "org:changed";

export type LogDetail = Readonly<Record<string, string | number | boolean | null>>;

export type LogEntry = {
  /** Rising by one from 1; what a reader goes on after. */
  readonly seq: number;
  /** The org's time, ISO 8601. */
  readonly at: string;
  readonly kind: LogKind;
  /** Never a token, a secret or the content of a record. */
  readonly detail: LogDetail;
};

export type LogFilter = {
  readonly after?: number | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly limit?: number | undefined;
};

/** Older entries are forgotten. */
const maxEntries = 20_000;

/** What happened in the org since it started, the newest 20,000 entries, kept in memory. */
export class OrgLog {
  readonly #now: () => number;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #entries: LogEntry[] = [];
  #seq = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(kind: LogKind, detail: LogDetail): void {
    this.#seq += 1;
    const entry = { seq: this.#seq, at: new Date(this.#now()).toISOString(), kind, detail };
    this.#entries.push(entry);
    // Cut in large pieces: cutting one at a time would move the whole list at every entry.
    if (this.#entries.length > maxEntries * 2) this.#entries = this.#entries.slice(-maxEntries);
    for (const listener of this.#listeners) listener(entry);
  }

  /** The newest `limit` entries that fit, oldest first. */
  read({ after = 0, kinds, limit = maxEntries }: LogFilter): readonly LogEntry[] {
    const first = this.#entries[0]?.seq ?? 1;
    const since = this.#entries.slice(Math.max(0, after - first + 1)).slice(-maxEntries);
    const wanted = kinds === undefined ? since : since.filter(({ kind }) => kinds.includes(kind));
    return wanted.slice(-limit);
  }

  /** Listeners are called for each new entry and must not throw. Returns how to stop. */
  onEntry(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
