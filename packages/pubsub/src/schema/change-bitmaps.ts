import type { AvroField, AvroRecord, AvroType } from "./avro-schema.ts";

/** The header's lists of fields, which come as bitmaps. */
const bitmapLists = ["nulledFields", "diffFields", "changedFields"] as const;

const HEADER = "ChangeEventHeader";

/** Whether the record is a change event: its first field is the header. */
export function isChangeEvent({ fields }: AvroRecord): boolean {
  return fields[0]?.name === HEADER && recordIn(fields[0].type) !== null;
}

/**
 * Replaces the bitmaps in a change event's header by the names of the fields, in place. `record` is the schema of the
 * whole event.
 *
 * @throws {Error} as `expandBitmaps` does, with the name of the list.
 */
export function expandHeader(event: Readonly<Record<string, unknown>>, record: AvroRecord): void {
  const header = event[HEADER] as Record<string, unknown> | null;
  if (header === null) return;
  for (const list of bitmapLists) {
    const bitmaps = header[list];
    if (!Array.isArray(bitmaps) || bitmaps.length === 0) continue;
    try {
      header[list] = expandBitmaps(bitmaps.map(String), record);
    } catch (reason) {
      throw new Error(`${HEADER}.${list}: ${(reason as Error).message}`, { cause: reason });
    }
  }
}

/**
 * The names of the fields that bitmaps stand for, those of nested records as `Name.FirstName`.
 *
 * `0x5` are the fields 0 and 2 of the schema, where field 0 is the header; `4-0x01` is the first field of the record
 * that field 4 holds, alone or as a branch of a union.
 *
 * @throws {Error} for what is no bitmap, and for a field that the schema does not have.
 */
export function expandBitmaps(bitmaps: readonly string[], record: AvroRecord): string[] {
  return bitmaps.flatMap((bitmap) => expandBitmap(bitmap, record));
}

function expandBitmap(bitmap: string, event: AvroRecord): readonly string[] {
  const parts = bitmap.split("-");
  const digits = /^0x([\da-f]+)$/i.exec(parts.pop() ?? "")?.[1];
  if (digits === undefined || !parts.every((part) => /^\d{1,9}$/.test(part))) {
    throw new Error("an entry is no bitmap like 0x1f or 4-0x1f");
  }
  let record = event;
  let prefix = "";
  for (const part of parts) {
    const parent = fieldAt(record, Number(part));
    const inner = recordIn(parent.type);
    if (inner === null)
      throw new Error(`${bitmap} points into ${prefix}${parent.name}, which holds no record`);
    record = inner;
    prefix += `${parent.name}.`;
  }
  return indexesOf(digits).map((index) => prefix + fieldAt(record, index).name);
}

/** The bits that are set, the least significant of the last digit being 0; a number would hold 53 of them at most. */
function indexesOf(digits: string): readonly number[] {
  return digits
    .split("")
    .toReversed()
    .flatMap((digit, position) => {
      const value = Number.parseInt(digit, 16);
      return [0, 1, 2, 3].filter((bit) => ((value >> bit) & 1) === 1).map((bit) => position * 4 + bit);
    });
}

function fieldAt({ name, fields }: AvroRecord, index: number): AvroField {
  const field = fields[index];
  if (field === undefined) {
    throw new Error(`field ${index} is named, but ${name} has ${fields.length} fields`);
  }
  return field;
}

function recordIn(type: AvroType): AvroRecord | null {
  if (type.kind === "record") return type;
  if (type.kind !== "union") return null;
  return type.branches.find((branch): branch is AvroRecord => branch.kind === "record") ?? null;
}
