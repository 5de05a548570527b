import type { AutoNumber, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import type { RecordStore } from "./record-store.ts";

/** Digits, or a part of today's date in UTC. */
const placeholder = /\{(0+|YYYY|YY|MM|DD)\}/g;

/** Whether the org can number by this display format: one group of zeros, and known parts of the date. */
export function isAutoNumberFormat(format: string): boolean {
  const found = [...format.matchAll(placeholder)].map((match) => match[1] ?? "");
  const rest = format.replaceAll(placeholder, "");
  return found.filter((name) => name.startsWith("0")).length === 1 && !/[{}]/.test(rest);
}

/**
 * The next values of the object's auto-number fields. A value that is given, by seed data, is kept, and the counting
 * goes on after it.
 */
export function nextAutoNumbers(
  object: ObjectDefinition,
  given: OrgRecord,
  store: RecordStore,
  nowIso: string,
): OrgRecord {
  const numbers: Record<string, FieldValue> = {};
  for (const { name, autoNumber } of object.fields.values()) {
    if (autoNumber === undefined) continue;
    const counter = `${object.name}.${name}`;
    const value = given[name];
    if (typeof value !== "string") {
      store.noteNumber(counter, autoNumber.startingNumber - 1);
      numbers[name] = showNumber(autoNumber, store.nextNumber(counter), nowIso);
      continue;
    }
    const number = readNumber(autoNumber, value);
    if (number !== undefined) store.noteNumber(counter, number);
    numbers[name] = value;
  }
  return numbers;
}

function showNumber({ format }: AutoNumber, number: number, nowIso: string): string {
  const parts: Readonly<Record<string, string>> = {
    YYYY: nowIso.slice(0, 4),
    YY: nowIso.slice(2, 4),
    MM: nowIso.slice(5, 7),
    DD: nowIso.slice(8, 10),
  };
  return format.replaceAll(placeholder, (_all, name: string) => {
    return parts[name] ?? String(number).padStart(name.length, "0");
  });
}

function readNumber({ format }: AutoNumber, text: string): number | undefined {
  const pattern = format
    .replaceAll(/[\\^$.*+?()[\]|/-]/g, String.raw`\$&`)
    .replaceAll(placeholder, (_all, name: string) =>
      name.startsWith("0") ? String.raw`(\d+)` : String.raw`\d+`,
    );
  const digits = new RegExp(`^${pattern}$`).exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
