import { z } from "zod";
import type { FieldValue, OrgRecord } from "../org-core.ts";
import type { OrgDatabase } from "./org-database.ts";

const storedFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/**
 * The records of the org. SQLite keeps them; a copy of all of them in memory answers reads, because every write goes
 * through here and no other process has the file open.
 */
export class RecordStore {
  readonly #database: OrgDatabase;
  readonly #tables = new Map<string, Map<string, OrgRecord>>();
  readonly #linesByOrder = new Map<string, Set<string>>();
  readonly #insert;
  readonly #update;
  readonly #raiseCounter;

  constructor(database: OrgDatabase) {
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO record (id, object, fields) VALUES (?, ?, ?)");
    this.#update = database.prepare("UPDATE record SET fields = ? WHERE id = ?");
    this.#raiseCounter = database.prepare(
      `INSERT INTO counter (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = max(value + ?, excluded.value)
       RETURNING value`,
    );
    for (const row of database.prepare("SELECT object, fields FROM record ORDER BY seq").iterate()) {
      this.#remember(String(row["object"]), storedFields.parse(JSON.parse(String(row["fields"]))));
    }
  }

  get(objectName: string, id: string): OrgRecord | undefined {
    return this.#tables.get(objectName)?.get(id);
  }

  /** In creation order. */
  all(objectName: string): readonly OrgRecord[] {
    return [...(this.#tables.get(objectName)?.values() ?? [])];
  }

  linesOf(orderId: string): readonly OrgRecord[] {
    const ids = [...(this.#linesByOrder.get(orderId) ?? [])];
    return ids.map((id) => this.get("OrderItem", id)).filter((line) => line !== undefined);
  }

  get isEmpty(): boolean {
    return [...this.#tables.values()].every((table) => table.size === 0);
  }

  insert(objectName: string, record: OrgRecord): void {
    const id = String(record["Id"]);
    this.#insert.run(id, objectName, JSON.stringify(record));
    this.#remember(objectName, record);
    this.#database.onRollback(() => {
      this.#tables.get(objectName)?.delete(id);
      this.#linesByOrder.get(orderOf(record))?.delete(id);
    });
  }

  update(objectName: string, record: OrgRecord): void {
    const id = String(record["Id"]);
    const before = this.get(objectName, id);
    if (before === undefined) throw new Error(`there is no ${objectName} ${id} to update`);
    this.#update.run(JSON.stringify(record), id);
    this.#remember(objectName, record);
    this.#database.onRollback(() => {
      this.#remember(objectName, before);
    });
  }

  /** Counts on by one and returns the number, from 1. */
  nextNumber(counter: string): number {
    return Number(this.#raiseCounter.get(counter, 1, 1)?.["value"]);
  }

  /** Makes sure that the counter goes on after `used`. */
  noteNumber(counter: string, used: number): void {
    this.#raiseCounter.get(counter, used, 0);
  }

  #remember(objectName: string, record: OrgRecord): void {
    const id = String(record["Id"]);
    const table = this.#tables.get(objectName) ?? new Map<string, OrgRecord>();
    this.#tables.set(objectName, table.set(id, record));
    if (objectName !== "OrderItem") return;
    const lines = this.#linesByOrder.get(orderOf(record)) ?? new Set<string>();
    this.#linesByOrder.set(orderOf(record), lines.add(id));
  }
}

function orderOf(record: Readonly<Record<string, FieldValue>>): string {
  return String(record["OrderId"]);
}
