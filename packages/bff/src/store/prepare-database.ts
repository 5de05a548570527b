import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { migrate } from "./migrate.ts";
import { openPgliteDatabase } from "./pglite-database.ts";
import { emptyDatabaseFolder, initialise, migratedDatabaseFolder, usualSchemas } from "./pglite-folder.ts";

/**
 * Makes the databases that first starts copy, an empty one and a migrated one; does nothing when they are there. Run
 * after an installation.
 */
export async function prepareDatabase(): Promise<"made" | "present"> {
  const empty = emptyDatabaseFolder();
  const migrated = migratedDatabaseFolder();
  if (existsSync(empty) && existsSync(migrated)) return "present";
  if (!existsSync(empty)) await initialise(empty);
  const dataDir = mkdtempSync(join(dirname(empty), "unfinished-"));
  try {
    const database = await openPgliteDatabase(dataDir, usualSchemas);
    await migrate(database);
    await database.close();
    if (!existsSync(migrated)) renameSync(join(dataDir, "store", "pglite"), migrated);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  return "made";
}
