import { readFileSync, readdirSync } from "node:fs";
import { migrateQueueSchema } from "../queue/backend.ts";
import type { PgQueryable } from "bullmq";
import type { Database, Sql } from "./database.ts";
import { StoreError } from "./store-error.ts";

type Migration = { readonly version: number; readonly name: string; readonly script: string };

const folder = new URL("./migrations/", import.meta.url);

/**
 * Brings Sluice's schema and BullMQ's up to this version. Safe to run by several processes at once.
 *
 * @returns the names of the migrations that were applied.
 * @throws {StoreError} `schema_newer`
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  const { sluice, queue } = database.schemas;
  await database.query(`CREATE SCHEMA IF NOT EXISTS "${sluice}"`);
  const applied = await database.transaction((sql) => applyMissing(sql, sluice));
  // BullMQ opens its own transaction; ours stands around it, so its statements for that are left out.
  await database.transaction((sql) => migrateQueueSchema(withoutTransactionStatements(sql), queue));
  return applied;
}

async function applyMissing(sql: Sql, schema: string): Promise<readonly string[]> {
  await sql.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`sluice migrations of ${schema}`]);
  await sql.query(
    `CREATE TABLE IF NOT EXISTS "${schema}".schema_migration (
       version    integer     PRIMARY KEY,
       name       text        NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now()
     )`,
  );
  const { rows } = await sql.query<{ version: number }>(
    "SELECT version FROM schema_migration ORDER BY version",
  );
  const known = readMigrations();
  const newest = rows.at(-1)?.version ?? 0;
  if (newest > known.length) {
    throw new StoreError(
      "schema_newer",
      `the database is at migration ${newest}, this version of Sluice knows ${known.length}. Start the newer version again.`,
    );
  }
  const missing = known.filter((migration) => migration.version > newest);
  for (const { version, name, script } of missing) {
    await sql.script(script);
    await sql.query("INSERT INTO schema_migration (version, name) VALUES ($1, $2)", [version, name]);
  }
  return missing.map((migration) => migration.name);
}

function readMigrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file, index) => {
      const version = Number(file.slice(0, 4));
      if (version !== index + 1)
        throw new Error(`migration ${file} is out of sequence: expected number ${index + 1}`);
      return {
        version,
        name: file.replace(/\.sql$/, ""),
        script: readFileSync(new URL(file, folder), "utf8"),
      };
    });
}

function withoutTransactionStatements(sql: Sql): PgQueryable {
  return {
    async query<R>(text: string, params?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number }> {
      if (/^(BEGIN|COMMIT|ROLLBACK)$/.test(text)) return { rows: [], rowCount: 0 };
      if (params === undefined && !text.startsWith("SELECT")) {
        await sql.script(text);
        return { rows: [], rowCount: 0 };
      }
      const result = await sql.query<R>(text, params);
      return { rows: [...result.rows], rowCount: result.rowCount };
    },
  };
}
