import { AsyncLocalStorage } from "node:async_hooks";
import type { PgPool, PgQueryResult } from "bullmq";
import pg from "pg";
import type { Database, Schemas, Sql, SqlResult } from "./database.ts";
import { searchPath } from "./database.ts";
import { openListener } from "./postgres-listener.ts";
import { StoreError } from "./store-error.ts";

const INT8 = 20;

type Session = { query(text: string, params?: unknown[]): Promise<pg.QueryResult> };

/**
 * Opens a pool on a PostgreSQL server.
 *
 * @param connections at least the number of workers plus 8: each worker holds one connection for LISTEN.
 * @throws {StoreError} `database_unreachable`
 */
export async function openPostgresDatabase(
  databaseUrl: string,
  schemas: Schemas,
  connections: number,
): Promise<Database> {
  const config: pg.PoolConfig = {
    connectionString: databaseUrl,
    max: connections,
    keepAlive: true,
    options: `-c search_path=${searchPath(schemas).replaceAll(" ", "")}`,
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  };
  const pool = new pg.Pool(config);
  pool.on("error", () => {}); // An idle connection that drops is replaced at the next use; the query that hits it rejects.
  try {
    await pool.query("SELECT 1");
  } catch (cause) {
    await pool.end();
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(
      "database_unreachable",
      `DATABASE_URL does not lead to a PostgreSQL that lets us in (${detail}). Check host, port, user and database.`,
      { cause },
    );
  }
  const openTransaction = new AsyncLocalStorage<pg.PoolClient>();

  async function run<Row>(
    session: Session,
    text: string,
    params?: readonly unknown[],
  ): Promise<SqlResult<Row>> {
    const result = await session.query(text, params === undefined ? undefined : [...params]);
    return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 };
  }

  return {
    kind: "postgres",
    schemas,
    queuePool: routingPool(pool, () => openTransaction.getStore()),
    query: (text, params) => run(pool, text, params),
    script: async (text) => void (await pool.query(text)),
    async transaction(work) {
      const client = await pool.connect();
      let broken = false;
      try {
        await client.query("BEGIN");
        const sql: Sql = {
          query: (text, params) => run(client, text, params),
          script: async (text) => void (await client.query(text)),
        };
        const result = await openTransaction.run(client, () => work(sql));
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {
          broken = true; // The connection is gone, and the transaction with it.
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    listen: (channel, onNotify) => openListener(config, channel, onNotify),
    close: () => pool.end(),
  };
}

/** The pool that BullMQ gets: a query made inside a transaction of ours goes to that transaction's connection. */
function routingPool(pool: pg.Pool, transactionClient: () => pg.PoolClient | undefined): PgPool {
  const routing = {
    query: (text: string, params?: readonly unknown[]): Promise<PgQueryResult> =>
      (transactionClient() ?? pool).query(text, params === undefined ? undefined : [...params]),
    connect: () => pool.connect(),
    end: () => Promise.resolve(), // The database owns the pool, not a queue.
    on(name: "error" | "connect", listener: (...args: never[]) => void) {
      pool.on(name as "error", listener as (error: Error) => void);
      return routing;
    },
    removeAllListeners: () => routing,
    options: { keepAlive: true },
  };
  return routing as unknown as PgPool;
}
