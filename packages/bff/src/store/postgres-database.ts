import { AsyncLocalStorage } from "node:async_hooks";
import type { PgPool, PgQueryResult } from "bullmq";
import pg from "pg";
import type { Database, Schemas, Sql, SqlResult } from "./database.ts";
import { searchPath } from "./database.ts";
import { openListener } from "./postgres-listener.ts";
import { StoreError } from "./store-error.ts";

const INT8 = 20;

/**
 * The server ends a transaction whose process has said nothing for so long. A process that was paused in the middle of
 * one would keep its locks, and so keep the next leader from its cursor, for as long as the pause lasts.
 */
const SILENT_TRANSACTION_MS = 3_000;

type Session = { query(text: string, params?: unknown[]): Promise<pg.QueryResult> };

/**
 * Opens a pool on a PostgreSQL server.
 *
 * @param connections at least the number of workers plus 8: each worker holds one connection for LISTEN.
 * @param tries how often a transaction is run that loses against another one; tests say 1 to see every loss.
 * @throws {StoreError} `database_unreachable`
 */
export async function openPostgresDatabase(
  databaseUrl: string,
  schemas: Schemas,
  connections: number,
  tries = 5,
): Promise<Database> {
  const config: pg.PoolConfig = {
    connectionString: databaseUrl,
    max: connections,
    keepAlive: true,
    idle_in_transaction_session_timeout: SILENT_TRANSACTION_MS,
    options: `-c search_path=${searchPath(schemas).replaceAll(" ", "")}`,
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
    },
  };
  const pool = new pg.Pool(config);
  pool.setMaxListeners(0); // Each queue and each worker listens for errors.
  // A connection that breaks between two statements of a transaction says so by an event, which would end the process
  // if nobody listened; the next statement rejects all the same.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", () => {}); // An idle connection that drops is replaced at the next use; the query that hits it rejects.
  // The pool listens to idle connections only; one that drops in the middle of a transaction would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
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

  async function transactionOnce<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
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
  }

  return {
    kind: "postgres",
    schemas,
    queuePool: routingPool(pool, () => openTransaction.getStore()),
    query: (text, params) => run(pool, text, params),
    script: async (text) => void (await pool.query(text)),
    transaction: (work) => again(tries, () => transactionOnce(work)),
    listen: (channel, onNotify) => openListener(config, channel, onNotify),
    close: () => pool.end(),
  };
}

/** PostgreSQL ends one of two transactions that wait for each other, or could not be in line; it may try again. */
const worthAnotherTry: ReadonlySet<unknown> = new Set(["40P01", "40001"]);

async function again<T>(tries: number, run: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await run();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (tried >= tries || !worthAnotherTry.has(code)) throw error;
    }
  }
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
