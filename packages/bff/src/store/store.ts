import { openProducers } from "../queue/producers.ts";
import type { StepJob } from "../queue/producers.ts";
import type { Database, Sql } from "./database.ts";
import { migrate } from "./migrate.ts";

/** A transaction that changes the state and adds the jobs that follow from it, or does neither. */
export type StoreTransaction = Sql & {
  /** The jobs are added just before the commit, all at once. */
  enqueue(jobs: readonly StepJob[]): void;
};

/** The one place where state lives: Sluice's tables and BullMQ's in one database. */
export type Store = {
  readonly database: Database;
  /** One query outside a transaction. */
  readonly query: Sql["query"];
  /** @see Database.transaction */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /** Calls `onChange` after each commit that wrote to the journal, in any process. Returns how to stop. */
  onChange(onChange: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

/** The channel that announces journal entries; one per deployment, since all share a server. */
export function changeChannel(database: Database): string {
  return `${database.schemas.sluice}_changed`;
}

/**
 * Migrates the database and opens the queues.
 *
 * @param queueNames one queue for each module that a plan may name.
 * @throws {StoreError} `schema_newer`
 */
export async function openStore(database: Database, queueNames: readonly string[]): Promise<Store> {
  await migrate(database);
  const producers = await openProducers(
    { pool: database.queuePool, schema: database.schemas.queue },
    queueNames,
  );
  return {
    database,
    query: (text, params) => database.query(text, params),
    transaction: (work) =>
      database.transaction(async (sql) => {
        const jobs: StepJob[] = [];
        const result = await work({
          query: (text, params) => sql.query(text, params),
          script: (text) => sql.script(text),
          enqueue: (more) => void jobs.push(...more),
        });
        await producers.add(jobs);
        return result;
      }),
    onChange: (onChange) => database.listen(changeChannel(database), onChange),
    async close() {
      await producers.close();
      await database.close();
    },
  };
}
