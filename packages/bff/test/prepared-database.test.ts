import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { schemasOf } from "../src/store/database.ts";
import { openPgliteDatabase } from "../src/store/pglite-database.ts";
import { migratedDatabaseFolder } from "../src/store/pglite-folder.ts";

async function schemasIn(namespace: string): Promise<readonly string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "sluice-prepared-"));
  try {
    const database = await openPgliteDatabase(dataDir, schemasOf(namespace));
    const { rows } = await database.query<{ nspname: string }>(
      "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%sluice%' OR nspname LIKE 'other%' ORDER BY nspname",
    );
    await database.close();
    return rows.map(({ nspname }) => nspname);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

test("a new store is a copy with today's tables; one with another namespace begins empty", async () => {
  assert.ok(existsSync(migratedDatabaseFolder()), "prepared for these migrations: run `npm run prepare`");
  assert.deepEqual(await schemasIn("sluice"), ["sluice", "sluice_queue"]);
  assert.deepEqual(await schemasIn("other"), []);
});
