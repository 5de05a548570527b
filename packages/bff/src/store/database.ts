import type { PgPool } from "bullmq";

export type SqlResult<Row> = { readonly rows: readonly Row[]; readonly rowCount: number };

/**
 * One session that runs SQL. Values come back alike from both engines: `bigint` as number, `timestamptz` as
 * Date, `jsonb` parsed, `bytea` as Uint8Array. JSON goes in as text, times as ISO text.
 */
export type Sql = {
  query<Row = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<SqlResult<Row>>;
  /** Runs a text of several statements; for migrations. */
  script(text: string): Promise<void>;
};

/** The schemas of one deployment; `SLUICE_NAMESPACE` is their prefix. */
export type Schemas = { readonly sluice: string; readonly queue: string };

/** PostgreSQL, embedded (PGlite) or a server, seen through the same few functions. */
export type Database = Sql & {
  readonly kind: "pglite" | "postgres";
  readonly schemas: Schemas;
  /** What BullMQ gets. A query made inside `transaction` runs in that transaction. */
  readonly queuePool: PgPool;
  /**
   * Runs `work` in one transaction: commits when it resolves, rolls back when it rejects. Inside, only SQL through
   * the session handed over (and queue calls) may be awaited: no other I/O. A server may run it again from the
   * start, when its transaction lost against another one.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Calls `onNotify` after each NOTIFY on the channel. Returns how to stop. */
  listen(channel: string, onNotify: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

/** `namespace` is checked at the configuration border: letters, digits and underscores. */
export function schemasOf(namespace: string): Schemas {
  return { sluice: namespace, queue: `${namespace}_queue` };
}

/** Both schemas in one path: BullMQ's functions name their tables without a schema, and so do our statements. */
export function searchPath(schemas: Schemas): string {
  return `"${schemas.sluice}", "${schemas.queue}"`;
}
