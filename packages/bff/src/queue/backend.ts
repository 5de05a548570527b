import { PostgresConnection, PostgresQueueBackend, runMigrations, withBackend } from "bullmq";
import type { BackendClasses, PgPool, PgQueryable } from "bullmq";

/** The database that the queue lives in, as it reaches this room: a pool whose sessions find the schema by search_path. */
export type QueueDatabase = {
  readonly pool: PgPool;
  /** The PostgreSQL schema that holds BullMQ's tables. */
  readonly schema: string;
};

type QueueClasses = BackendClasses<PostgresQueueBackend, PgPool>;

/**
 * BullMQ's classes bound to our database and schema.
 *
 * BullMQ takes a schema only with a connection that it opens itself; with a pool of ours it would look for its
 * ledger in `bullmq`. So the connection is made here and told its schema.
 */
export function queueClasses(database: QueueDatabase): QueueClasses {
  return withBackend<PostgresQueueBackend, PgPool>((name, options, factoryOptions) => {
    const connection = new PostgresConnection(options.connection);
    Object.assign(connection, { schema: database.schema });
    // The name marks a worker's connection in pg_stat_activity, as BullMQ's own factory does.
    const listenerName = factoryOptions?.withBlockingConnection === true ? name : undefined;
    return new PostgresQueueBackend(connection, name, options, true, listenerName);
  });
}

/** Brings BullMQ's schema up to the installed version, in one transaction of its own. */
export async function migrateQueueSchema(session: PgQueryable, schema: string): Promise<void> {
  await runMigrations(session, schema);
}
