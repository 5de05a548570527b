import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { PGlite, types } from "@electric-sql/pglite";
import type { Transaction } from "@electric-sql/pglite";
import type { PgPool, PgPoolClient, PgQueryResult } from "bullmq";
import type { Database, Schemas, Sql, SqlResult } from "./database.ts";
import { searchPath } from "./database.ts";
import { lockFolder } from "./folder-lock.ts";
import { ensureDatabaseFolder } from "./pglite-folder.ts";

type Session = Pick<PGlite | Transaction, "query" | "exec">;

/**
 * Opens the embedded PostgreSQL under `<dataDir>/store`.
 *
 * PGlite has one session. Its own `transaction` keeps everybody else out until it ends, so a query that should
 * join an open transaction must be sent through that transaction's handle: an async context carries it to BullMQ.
 *
 * @throws {StoreError} `store_in_use`, `data_dir_unwritable`
 */
export async function openPgliteDatabase(dataDir: string, schemas: Schemas): Promise<Database> {
  const folder = join(dataDir, "store");
  const lock = lockFolder(folder);
  const db = await openEngine(join(folder, "pglite"), schemas).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  const openTransaction = new AsyncLocalStorage<Transaction>();

  async function run<Row>(
    session: Session,
    text: string,
    params?: readonly unknown[],
  ): Promise<SqlResult<Row>> {
    const result = await session.query<Row>(text, params === undefined ? undefined : [...params]);
    // The engine works in this thread: without a pause a transaction keeps requests and events waiting to its end.
    await setImmediate();
    return { rows: result.rows, rowCount: result.affectedRows ?? result.rows.length };
  }

  return {
    kind: "pglite",
    schemas,
    queuePool: queuePool(db, () => openTransaction.getStore() ?? db),
    query: (text, params) => run(db, text, params),
    script: async (text) => void (await db.exec(text)),
    transaction(work) {
      return db.transaction((tx) => {
        const sql: Sql = {
          query: (text, params) => run(tx, text, params),
          script: async (text) => void (await tx.exec(text)),
        };
        return openTransaction.run(tx, () => work(sql));
      });
    },
    listen: (channel, onNotify) => db.listen(channel, onNotify),
    async close() {
      await db.close();
      lock.release();
    },
  };
}

async function openEngine(folder: string, schemas: Schemas): Promise<PGlite> {
  await ensureDatabaseFolder(folder, schemas);
  const db = new PGlite(folder, { parsers: { [types.INT8]: Number } });
  await db.waitReady;
  await db.exec(`SET search_path TO ${searchPath(schemas)}`);
  return db;
}

/** The pool-shaped object that BullMQ gets: every "client" is the one session there is. */
function queuePool(db: PGlite, session: () => Session): PgPool {
  const events = new EventEmitter();
  events.setMaxListeners(0); // Each queue and each worker listens for errors.
  const query = async <R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> => {
    // LISTEN outside a transaction only; PGlite hands every notification to onNotification.
    const result = await session().query<R>(text, params === undefined ? undefined : [...params]);
    return { rows: result.rows, rowCount: result.affectedRows ?? result.rows.length };
  };
  const pool = {
    query,
    connect: () => Promise.resolve(poolClient(db, query)),
    end: () => Promise.resolve(),
    on(name: string, listener: (...args: never[]) => void) {
      events.on(name, listener as (...args: unknown[]) => void);
      return pool;
    },
    removeAllListeners(name?: string) {
      events.removeAllListeners(name);
      return pool;
    },
  };
  return pool;
}

function poolClient(db: PGlite, query: PgPool["query"]): PgPoolClient {
  const events = new EventEmitter();
  events.setMaxListeners(0);
  const stop = db.onNotification((channel, payload) => events.emit("notification", { channel, payload }));
  return Object.assign(events, {
    query,
    release() {
      stop();
      events.removeAllListeners();
    },
    // BullMQ caps its waits at 10 s unless it sees a socket that keeps itself alive; here no socket can drop.
    connection: { stream: { setKeepAlive: () => undefined } },
  });
}
