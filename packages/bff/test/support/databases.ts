import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Database } from "../../src/store/database.ts";
import { schemasOf } from "../../src/store/database.ts";
import { openPgliteDatabase } from "../../src/store/pglite-database.ts";
import { openPostgresDatabase } from "../../src/store/postgres-database.ts";
import type { PostgresServer } from "./postgres-server.ts";
import { startPostgresServer } from "./postgres-server.ts";

export type TestDatabase = {
  readonly kind: Database["kind"];
  /** Opens the test's own empty database; each call opens the same one anew. */
  open(): Promise<Database>;
};

let ownServer: Promise<PostgresServer> | undefined;
after(async () => (await ownServer)?.stop());

/** The server of the whole run (see scripts/test.ts), or one of this file's own when it is run alone. */
async function postgresUrl(): Promise<string> {
  const shared = process.env["SLUICE_TEST_POSTGRES"];
  if (shared !== undefined) return shared;
  ownServer ??= startPostgresServer();
  return (await ownServer).url;
}

/** One test for each engine; the names end with the engine, which the run's summary counts. */
export function onEachDatabase(name: string, run: (database: TestDatabase) => Promise<void>): void {
  test(`${name} [pglite]`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
    try {
      await run({ kind: "pglite", open: () => openPgliteDatabase(folder, schemasOf("sluice")) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  test(`${name} [postgres]`, async () => {
    const url = await postgresUrl();
    const schemas = schemasOf(`test_${randomBytes(6).toString("hex")}`);
    await run({ kind: "postgres", open: () => openPostgresDatabase(url, schemas, 20, 1) });
  });
}
