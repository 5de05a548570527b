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

export type Engine = {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly namespace: string;
};

const everyKind: readonly Database["kind"][] = ["pglite", "postgres"];

/** One test for each engine; the names end with the engine, which the run's summary counts. */
export function onEachEngine(
  name: string,
  run: (kind: Database["kind"], engine: Engine) => Promise<void>,
  kinds = everyKind,
): void {
  for (const kind of kinds) {
    test(`${name} [${kind}]`, async () => {
      const dataDir = mkdtempSync(join(tmpdir(), "sluice-store-"));
      try {
        await run(kind, {
          dataDir,
          databaseUrl: kind === "postgres" ? await postgresUrl() : null,
          namespace: kind === "postgres" ? `test_${randomBytes(6).toString("hex")}` : "sluice",
        });
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
    });
  }
}

/** The same with the store's own database opened by the test. */
export function onEachDatabase(
  name: string,
  run: (database: TestDatabase) => Promise<void>,
  kinds = everyKind,
): void {
  const runOn = (kind: Database["kind"], { dataDir, databaseUrl, namespace }: Engine) => {
    const schemas = schemasOf(namespace);
    const open = () =>
      databaseUrl === null
        ? openPgliteDatabase(dataDir, schemas)
        : openPostgresDatabase(databaseUrl, schemas, 20, 1);
    return run({ kind, open });
  };
  onEachEngine(name, runOn, kinds);
}
/** For what does not depend on the engine: the server makes a fresh database in the shortest time. */
export function onPostgres(name: string, run: (database: TestDatabase) => Promise<void>): void {
  onEachDatabase(name, run, ["postgres"]);
}

/** The same for a whole service. */
export function onPostgresEngine(name: string, run: Parameters<typeof onEachEngine>[1]): void {
  onEachEngine(name, run, ["postgres"]);
}
