import type { SQLOutputValue } from "node:sqlite";

/** A row as `node:sqlite` gives it. The tables are STRICT, so a column of another type is a bug and throws. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

export function integerColumn(row: Row, name: string): number {
  const value = row[name];
  if (typeof value !== "number") throw new TypeError(`column ${name} holds no integer`);
  return value;
}

export function textColumn(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== "string") throw new TypeError(`column ${name} holds no text`);
  return value;
}

export function nullableTextColumn(row: Row, name: string): string | null {
  return row[name] === null ? null : textColumn(row, name);
}
