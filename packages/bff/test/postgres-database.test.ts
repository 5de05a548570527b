import assert from "node:assert/strict";
import { schemasOf } from "../src/store/database.ts";
import { openPostgresDatabase } from "../src/store/postgres-database.ts";
import { onEachEngine } from "./support/databases.ts";

onEachEngine(
  "a connection that breaks between two statements fails its transaction and nothing else",
  async (_kind, { databaseUrl, namespace }) => {
    const database = await openPostgresDatabase(databaseUrl ?? "", schemasOf(namespace), 3);
    try {
      const cutOff = database.transaction(async (sql) => {
        const { rows } = await sql.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
        await database.query("SELECT pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
        await sql.query("SELECT 1");
      });
      await assert.rejects(cutOff, /terminat|not queryable/);
      const { rows } = await database.query("SELECT 1 AS one");
      assert.deepEqual(rows, [{ one: 1 }]);
    } finally {
      await database.close();
    }
  },
  ["postgres"],
);
