import type { Database } from "./database.ts";
import { schemasOf } from "./database.ts";
import { openPgliteDatabase } from "./pglite-database.ts";
import { openPostgresDatabase } from "./postgres-database.ts";

/**
 * PostgreSQL when its address is given, else the embedded one.
 *
 * @param workers how many queues this process serves: each holds one connection.
 * @throws {StoreError} `store_in_use`, `data_dir_unwritable`, `database_unreachable`
 */
export function openDatabase(
  config: { readonly dataDir: string; readonly databaseUrl: string | null; readonly namespace: string },
  workers: number,
): Promise<Database> {
  const schemas = schemasOf(config.namespace);
  return config.databaseUrl === null
    ? openPgliteDatabase(config.dataDir, schemas)
    : openPostgresDatabase(config.databaseUrl, schemas, workers + 8);
}
