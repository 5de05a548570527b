import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./store-error.ts";

/**
 * Holds a folder for this process until `release`, or until the process dies, however it dies.
 *
 * Node has no flock. SQLite takes real file locks, which the operating system drops with the process, so an
 * exclusive transaction on an empty database serves as one.
 *
 * @throws {StoreError} `store_in_use` when another process holds it, `data_dir_unwritable` when it cannot be written.
 */
export function lockFolder(folder: string): { release(): void } {
  const holderFile = join(folder, "lock.pid");
  try {
    mkdirSync(folder, { recursive: true });
    closeSync(openSync(join(folder, "lock.db"), "a"));
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const lock = new DatabaseSync(join(folder, "lock.db"));
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) {
      throw new StoreError(
        "store_in_use",
        `${folder} is open in another process (${holderOf(holderFile)}). The embedded database serves one process: ` +
          "stop that one, give this one another SLUICE_DATA_DIR, or set DATABASE_URL to share a PostgreSQL server.",
        { cause },
      );
    }
    throw unwritable(folder, cause);
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return {
    release() {
      lock.close();
    },
  };
}

function unwritable(folder: string, cause: unknown): StoreError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    "data_dir_unwritable",
    `the data folder ${folder} cannot be written (${detail}). Make it writable for this user, or set SLUICE_DATA_DIR to a folder that is.`,
    { cause },
  );
}

function holderOf(holderFile: string): string {
  try {
    return `pid ${readFileSync(holderFile, "utf8").trim()}`;
  } catch {
    return "pid unknown";
  }
}
