import { PGlite, types } from "@electric-sql/pglite";
import pg from "pg";
import type { Site } from "../processes/open-site.ts";

/** A session of the campaign's own on Sluice's database. Big integers come as numbers, bytes as Uint8Array. */
export type StoreReader = AsyncDisposable & {
  read<Row>(sql: string): Promise<readonly Row[]>;
  script(sql: string): Promise<void>;
};

/** On the embedded database the service must not run meanwhile: it takes one process. */
export async function openStoreReader(site: Pick<Site, "database" | "storeFolder">): Promise<StoreReader> {
  return site.database === null ? openPglite(site.storeFolder) : openPostgres(site.database.url);
}

async function openPglite(folder: string): Promise<StoreReader> {
  const database = new PGlite(folder, { parsers: { [types.INT8]: Number } });
  await database.waitReady;
  return {
    async read<Row>(sql: string) {
      return (await database.query<Row>(sql)).rows;
    },
    script: async (sql) => void (await database.exec(sql)),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

async function openPostgres(url: string): Promise<StoreReader> {
  const client = new pg.Client({
    connectionString: url,
    types: {
      getTypeParser: ((oid: number, format?: "text") =>
        oid === types.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A session that a restart of the server cuts off is opened anew by whoever needs one.
  client.on("error", () => undefined);
  await client.connect();
  return {
    async read(sql) {
      return (await client.query(sql)).rows;
    },
    script: async (sql) => void (await client.query(sql)),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
