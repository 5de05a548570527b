import { z } from "zod";
import type { FieldValue, OrgRecord, RecordChange } from "../org-core.ts";
import type { OrgDatabase } from "./org-database.ts";
import { RecordIndex } from "./record-index.ts";

const storedFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

type Table = Map<string, OrgRecord>;

/**
 * The records of the org. SQLite keeps them; a copy of all of them in memory answers reads, because every write goes
 * through here and no other process has the file open.
 */
export class RecordStore {
  readonly #database: OrgDatabase;
  readonly #tables = new Map<string, Table>();
  readonly #bin = new Map<string, Table>();
  /** By object and field, each made at its first use. */
  readonly #indexes = new Map<string, Map<string, RecordIndex>>();
  /** The place of each id in the order of creation. */
  readonly #places = new Map<string, number>();
  #changes: RecordChange[] = [];
  readonly #statements;

  constructor(database: OrgDatabase) {
    this.#database = database;
    this.#statements = {
      insert: database.prepare("INSERT INTO record (id, object, fields) VALUES (?, ?, ?)"),
      update: database.prepare("UPDATE record SET fields = ? WHERE id = ?"),
      recycle: database.prepare("UPDATE record SET fields = ?, deleted = 1 WHERE id = ?"),
      rename: database.prepare("UPDATE record SET id = ?, fields = ? WHERE id = ?"),
      erase: database.prepare("DELETE FROM record WHERE id = ?"),
      raiseCounter: database.prepare(
        `INSERT INTO counter (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = max(value + ?, excluded.value)
         RETURNING value`,
      ),
      setCounter: database.prepare("INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)"),
      readCounter: database.prepare("SELECT value FROM counter WHERE name = ?"),
    };
    this.reload();
  }

  /** Reads everything again, after the database was replaced as a whole. */
  reload(): void {
    for (const known of [this.#tables, this.#bin, this.#indexes, this.#places]) known.clear();
    this.#changes = [];
    const rows = this.#database.prepare("SELECT object, fields, deleted FROM record ORDER BY seq");
    for (const row of rows.iterate()) {
      const record = storedFields.parse(JSON.parse(String(row["fields"])));
      const id = String(record["Id"]);
      this.#places.set(id, this.#places.size);
      tableOf(row["deleted"] === 0 ? this.#tables : this.#bin, String(row["object"])).set(id, record);
    }
  }

  get(objectName: string, id: string): OrgRecord | undefined {
    return this.#tables.get(objectName)?.get(id);
  }

  /** In creation order. */
  all(objectName: string): readonly OrgRecord[] {
    return [...(this.#tables.get(objectName)?.values() ?? [])];
  }

  /** A record that was deleted and kept. */
  getDeleted(objectName: string, id: string): OrgRecord | undefined {
    return this.#bin.get(objectName)?.get(id);
  }

  allDeleted(objectName: string): readonly OrgRecord[] {
    return [...(this.#bin.get(objectName)?.values() ?? [])];
  }

  /** The records whose field holds the value, text without regard to case; in creation order. */
  matching(objectName: string, field: string, value: FieldValue): readonly OrgRecord[] {
    const ids = this.#indexOf(objectName, field).idsOf(value);
    return ids
      .map((id) => this.get(objectName, id))
      .filter((record) => record !== undefined)
      .toSorted((left, right) => this.#placeOf(left) - this.#placeOf(right));
  }

  linesOf(orderId: string): readonly OrgRecord[] {
    return this.matching("OrderItem", "OrderId", orderId);
  }

  get isEmpty(): boolean {
    return [...this.#tables.values(), ...this.#bin.values()].every((table) => table.size === 0);
  }

  insert(objectName: string, record: OrgRecord): void {
    const id = String(record["Id"]);
    this.#statements.insert.run(id, objectName, JSON.stringify(record));
    this.#places.set(id, this.#places.size);
    this.#change(objectName, id, undefined, record);
    this.#database.onRollback(() => this.#places.delete(id));
  }

  update(objectName: string, record: OrgRecord): void {
    const id = String(record["Id"]);
    this.#statements.update.run(JSON.stringify(record), id);
    this.#change(objectName, id, this.#existing(objectName, id), record);
  }

  /** Deletes a record and keeps `record`, what it was at the end, in the recycle bin. */
  recycle(objectName: string, record: OrgRecord): void {
    const id = String(record["Id"]);
    this.#statements.recycle.run(JSON.stringify(record), id);
    this.#change(objectName, id, this.#existing(objectName, id), undefined);
    tableOf(this.#bin, objectName).set(id, record);
    this.#database.onRollback(() => this.#bin.get(objectName)?.delete(id));
  }

  /** Gives a record another id, as a refreshed sandbox gives one to its org. */
  rename(objectName: string, id: string, newId: string): void {
    const record = this.#existing(objectName, id);
    this.#statements.rename.run(newId, JSON.stringify({ ...record, Id: newId }), id);
    this.reload();
  }

  /** Deletes a record for good. */
  erase(objectName: string, id: string): void {
    this.#statements.erase.run(id);
    this.#change(objectName, id, this.#existing(objectName, id), undefined);
  }

  /** What changed since the last call and was not rolled back: each record once, in the order of its first change. */
  takeChanges(): readonly RecordChange[] {
    const merged = new Map<string, RecordChange>();
    for (const change of this.#changes) {
      merged.set(change.id, { ...change, before: (merged.get(change.id) ?? change).before });
    }
    this.#changes = [];
    return [...merged.values()].filter(({ before, after }) => before !== after);
  }

  /** Counts on by one and returns the number, from 1. */
  nextNumber(counter: string): number {
    return Number(this.#statements.raiseCounter.get(counter, 1, 1)?.["value"]);
  }

  /** Makes sure that the counter goes on after `used`. */
  noteNumber(counter: string, used: number): void {
    this.#statements.raiseCounter.get(counter, used, 0);
  }

  setNumber(counter: string, value: number): void {
    this.#statements.setCounter.run(counter, value);
  }

  /** Where the counter stands; undefined when it was never used. */
  readNumber(counter: string): number | undefined {
    const row = this.#statements.readCounter.get(counter);
    return row === undefined ? undefined : Number(row["value"]);
  }

  #existing(objectName: string, id: string): OrgRecord {
    const record = this.get(objectName, id);
    if (record === undefined) throw new Error(`there is no ${objectName} ${id} to change`);
    return record;
  }

  #change(objectName: string, id: string, before: OrgRecord | undefined, after: OrgRecord | undefined): void {
    this.#put(objectName, id, before, after);
    this.#changes.push({ objectName, id, before, after });
    this.#database.onRollback(() => {
      this.#changes.pop();
      this.#put(objectName, id, after, before);
      if (after === undefined) this.#restoreOrder(objectName);
    });
  }

  #put(objectName: string, id: string, before: OrgRecord | undefined, after: OrgRecord | undefined): void {
    const table = tableOf(this.#tables, objectName);
    if (after === undefined) table.delete(id);
    else table.set(id, after);
    for (const index of this.#indexes.get(objectName)?.values() ?? []) index.move(id, before, after);
  }

  /** A record that comes back has to stand where it stood. */
  #restoreOrder(objectName: string): void {
    const records = this.all(objectName);
    const ordered = records.toSorted((left, right) => this.#placeOf(left) - this.#placeOf(right));
    this.#tables.set(objectName, new Map(ordered.map((record) => [String(record["Id"]), record])));
  }

  #placeOf(record: OrgRecord): number {
    return this.#places.get(String(record["Id"])) ?? 0;
  }

  #indexOf(objectName: string, field: string): RecordIndex {
    const ofObject = this.#indexes.get(objectName) ?? new Map<string, RecordIndex>();
    this.#indexes.set(objectName, ofObject);
    const index = ofObject.get(field) ?? new RecordIndex(field, this.all(objectName));
    ofObject.set(field, index);
    return index;
  }
}

function tableOf(tables: Map<string, Table>, objectName: string): Table {
  const table = tables.get(objectName) ?? new Map<string, OrgRecord>();
  tables.set(objectName, table);
  return table;
}
