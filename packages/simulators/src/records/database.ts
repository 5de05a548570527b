import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SimulatorStartError } from "../simulator-start-error.ts";
import { schema, schemaVersion } from "./schema.ts";

/**
 * Opens the simulators' records and creates the tables on first use. WAL with `synchronous=NORMAL`: what was
 * written survives the death of the process, though not always that of the machine. The file is this process's alone:
 * two servers that write one record could not be told apart by it.
 *
 * @throws {SimulatorStartError} `database_in_use`; `data_unusable` when the file cannot be opened, written or understood.
 */
export function openRecords(databaseFile: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(databaseFile), { recursive: true });
    database = new DatabaseSync(databaseFile);
    // Before WAL, so that no shared-memory file is made; taken by the first write, hence the empty transaction.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec("BEGIN IMMEDIATE; COMMIT");
    // SQLite's own lower() knows ASCII only; names here are in every script.
    database.function("unicode_lower", { deterministic: true }, (text) => String(text).toLowerCase());
    createTables(database, databaseFile);
    return database;
  } catch (reason) {
    database?.close();
    if (reason instanceof SimulatorStartError) throw reason;
    const detail = reason instanceof Error ? reason.message : String(reason);
    if (/locked|busy/i.test(detail)) {
      throw new SimulatorStartError(
        "database_in_use",
        `the records ${databaseFile} are open in other simulators; stop those, or set SLUICE_DATA_DIR to another folder`,
        { cause: reason },
      );
    }
    throw new SimulatorStartError(
      "data_unusable",
      `the records ${databaseFile} cannot be opened (${detail}); make the folder writable or set SLUICE_DATA_DIR to another one`,
      { cause: reason },
    );
  }
}

function createTables(database: DatabaseSync, databaseFile: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version === schemaVersion) return;
  if (version !== 0) {
    throw new SimulatorStartError(
      "data_unusable",
      `${databaseFile} was written by another version (${version}, this one writes ${schemaVersion}); delete the file to start afresh`,
    );
  }
  inTransaction(database, () => {
    database.exec(schema);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
  });
}

/** Runs `work` in one transaction: all of its writes, or none when it throws. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (reason) {
    database.exec("ROLLBACK");
    throw reason;
  }
}
