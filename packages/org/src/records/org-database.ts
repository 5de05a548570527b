import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";

/** What each version of the format added to the one before. */
const formats: readonly string[] = [
  `
    CREATE TABLE record (
      seq    INTEGER PRIMARY KEY,
      id     TEXT NOT NULL UNIQUE,
      object TEXT NOT NULL,
      fields TEXT NOT NULL
    ) STRICT;
    CREATE TABLE counter (
      name  TEXT PRIMARY KEY,
      value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE event (
      position        INTEGER PRIMARY KEY,
      topic           TEXT NOT NULL,
      event_id        TEXT NOT NULL,
      schema_id       TEXT NOT NULL,
      payload         BLOB NOT NULL,
      published_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX event_by_topic ON event (topic, position);
    CREATE TABLE event_schema (
      schema_id TEXT PRIMARY KEY,
      json      TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
`,
  "ALTER TABLE record ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;",
  `
    CREATE TABLE event_usage (
      name   TEXT NOT NULL,
      bucket INTEGER NOT NULL,
      count  INTEGER NOT NULL CHECK (count >= 0),
      PRIMARY KEY (name, bucket)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE managed_subscription (
      id            TEXT PRIMARY KEY,
      config        TEXT NOT NULL,
      deployed      TEXT,
      committed     BLOB,
      changed_at_ms INTEGER NOT NULL,
      was           TEXT NOT NULL CHECK (was IN ('absent', 'RUN', 'STOP'))
    ) STRICT, WITHOUT ROWID;
`,
  `
    CREATE TABLE waiting_batch (
      seq       INTEGER PRIMARY KEY,
      topic     TEXT NOT NULL,
      due_at_ms INTEGER,
      events    TEXT NOT NULL
    ) STRICT;
`,
];

/** Why the org's database cannot be used. Codes are stable. */
export type OrgDatabaseErrorCode =
  | "database_in_use" // another process has it open
  | "database_unusable" // it cannot be read or written, or is no database of an org
  | "database_too_new" // written by a later version
  | "no_organization"; // it was never seeded with an org

/** The database file of the org cannot be used; `message` names it and what to do. */
export class OrgDatabaseError extends Error {
  override readonly name = "OrgDatabaseError";
  readonly code: OrgDatabaseErrorCode;

  constructor(code: OrgDatabaseErrorCode, file: string, detail: string, options?: ErrorOptions) {
    super(`[${code}] ${file}: ${detail}`, options);
    this.code = code;
  }
}

/**
 * The org's one SQLite file. Everything that one save changes, the events it publishes included, commits together,
 * and a commit is on disk when it returns.
 */
export class OrgDatabase {
  readonly #sqlite: DatabaseSync;
  readonly #undo: (() => void)[] = [];
  readonly #afterCommit: (() => void)[] = [];

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /** `:memory:` keeps everything in memory. @throws {OrgDatabaseError} */
  static open(file: string): OrgDatabase {
    try {
      const sqlite = new DatabaseSync(file);
      // One org, one process: a second one must not serve records that the first one changes.
      sqlite.exec("PRAGMA locking_mode = EXCLUSIVE");
      sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      sqlite.exec("BEGIN IMMEDIATE; COMMIT");
      createTables(sqlite, file);
      return new OrgDatabase(sqlite);
    } catch (reason) {
      throw describeFailure(file, reason);
    }
  }

  prepare(sql: string): StatementSync {
    return this.#sqlite.prepare(sql);
  }

  get isInTransaction(): boolean {
    return this.#sqlite.isTransaction;
  }

  /** Runs `work` in a transaction, or in the one that is open. Whatever it throws rolls everything back. */
  transaction<Result>(work: () => Result): Result {
    if (this.isInTransaction) return work();
    this.#sqlite.exec("BEGIN IMMEDIATE");
    let result: Result;
    try {
      result = work();
      this.#sqlite.exec("COMMIT");
    } catch (reason) {
      if (this.isInTransaction) this.#sqlite.exec("ROLLBACK");
      this.#undoTo(0);
      this.#afterCommit.length = 0;
      throw reason;
    }
    this.#undo.length = 0;
    for (const call of this.#afterCommit.splice(0)) call();
    return result;
  }

  /** Runs `work` as a part of the open transaction: what it throws takes back the changes of this part only. */
  savepoint<Result>(work: () => Result): Result {
    if (!this.isInTransaction) return this.transaction(work);
    const undoMark = this.#undo.length;
    const callMark = this.#afterCommit.length;
    this.#sqlite.exec("SAVEPOINT part");
    try {
      const result = work();
      this.#sqlite.exec("RELEASE part");
      return result;
    } catch (reason) {
      // SQLite may have rolled back everything by itself; the transaction then ends with the same error.
      if (this.isInTransaction) this.#sqlite.exec("ROLLBACK TO part; RELEASE part");
      this.#undoTo(undoMark);
      this.#afterCommit.length = callMark;
      throw reason;
    }
  }

  /** Takes back a change in memory when the open transaction, or the part of it, fails. */
  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Calls back when the open transaction is on disk; at once when none is open. */
  onCommit(call: () => void): void {
    if (this.isInTransaction) this.#afterCommit.push(call);
    else call();
  }

  #undoTo(mark: number): void {
    for (const undo of this.#undo.splice(mark).reverse()) undo();
  }

  /** Writes a copy of everything to a file, which must not exist. */
  copyTo(file: string): void {
    this.#sqlite.prepare("VACUUM INTO ?").run(file);
  }

  /** Takes over the content of a copy. @throws {OrgDatabaseError} database_unusable for another format. */
  replaceFrom(file: string): void {
    this.#sqlite.prepare("ATTACH ? AS copy").run(file);
    try {
      const version = Number(this.#sqlite.prepare("PRAGMA copy.user_version").get()?.["user_version"]);
      if (version !== formats.length) {
        const detail = `It has format ${version}, and this org writes ${formats.length}. Make the copy anew.`;
        throw new OrgDatabaseError("database_unusable", file, detail);
      }
      this.transaction(() => {
        for (const table of this.#tables()) {
          this.#sqlite.exec(
            `DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM copy.${table}`,
          );
        }
      });
    } finally {
      this.#sqlite.exec("DETACH copy");
    }
  }

  /** Forgets everything, numbers included. */
  clear(): void {
    this.transaction(() => {
      for (const table of this.#tables()) this.#sqlite.exec(`DELETE FROM main.${table}`);
    });
  }

  #tables(): readonly string[] {
    const rows = this.#sqlite.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all();
    return rows.map((row) => String(row["name"])).filter((name) => !name.startsWith("sqlite_"));
  }

  /** Closing twice is fine. */
  close(): void {
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }
}

function createTables(sqlite: DatabaseSync, file: string): void {
  const version = Number(sqlite.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > formats.length) {
    const detail = `It was written by a later version of the org (format ${version}). Update, or use another folder.`;
    throw new OrgDatabaseError("database_too_new", file, detail);
  }
  if (version === formats.length) return;
  const missing = formats.slice(version).join("\n");
  sqlite.exec(`BEGIN IMMEDIATE; ${missing} PRAGMA user_version = ${formats.length}; COMMIT`);
}

function describeFailure(file: string, reason: unknown): unknown {
  if (!(reason instanceof Error) || reason instanceof OrgDatabaseError) return reason;
  if (reason.message.includes("locked")) {
    const detail = "Another process has it open. Stop the other org, or use another data folder.";
    return new OrgDatabaseError("database_in_use", file, detail, { cause: reason });
  }
  const detail = `${reason.message}. Use a data folder that can be written, or remove the file to start afresh.`;
  return new OrgDatabaseError("database_unusable", file, detail, { cause: reason });
}
