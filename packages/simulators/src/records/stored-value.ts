import type { DatabaseSync } from "node:sqlite";
import type { ZodType } from "zod";
import { textColumn } from "./columns.ts";

/** One named JSON value that survives restarts. */
export type StoredValue<Value> = {
  /** The stored value, or the default when nothing was stored. */
  readonly read: () => Value;
  readonly write: (value: Value) => void;
};

/** Values are checked on the way in, so that a file edited by hand cannot put nonsense into the simulators. */
export function createStoredValue<Value>(
  database: DatabaseSync,
  name: string,
  schema: ZodType<Value>,
  defaultValue: Value,
): StoredValue<Value> {
  const select = database.prepare("SELECT value FROM setting WHERE name = ?");
  const upsert = database.prepare(
    "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  return {
    read: () => {
      const row = select.get(name);
      if (row === undefined) return defaultValue;
      return schema.parse(JSON.parse(textColumn(row, "value")));
    },
    write: (value) => {
      upsert.run(name, JSON.stringify(value));
    },
  };
}
