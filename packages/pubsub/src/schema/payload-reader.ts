import type { AvroRecord, AvroType, Temporal } from "./avro-schema.ts";
import {
  Misfit,
  readBlockSize,
  readBoolean,
  readBytes,
  readDouble,
  readFloat,
  readIndex,
  readInt,
  readLong,
  readString,
} from "./avro-bytes.ts";
import type { Cursor } from "./avro-bytes.ts";
import { compileShape } from "./record-shape.ts";
import { fromEpochMs } from "./temporal-values.ts";
import type { DateForm } from "./temporal-values.ts";

/** The form of what JSON and JavaScript have no single form for. */
export type DecodeOptions = {
  /**
   * Longs beyond 2^53: a bigint, or a decimal string, which `JSON.stringify` takes. The others are numbers always. Default
   * `bigint`.
   */
  readonly longs?: "bigint" | "string";
  /**
   * Fields that Salesforce marks as DateTime or DateOnly: milliseconds since 1970, ISO text
   * (`2026-11-24T10:00:00.000Z`, `2026-11-24`) or a `Date` in UTC. Default `number`.
   */
  readonly dates?: DateForm;
};

type Read = (cursor: Cursor) => unknown;

type Compilation = {
  readonly options: DecodeOptions;
  readonly records: Map<AvroRecord, Read>;
};

/** A schema may let a record hold itself; a payload that goes deeper is taken for broken. */
const MAX_DEPTH = 64;

/**
 * Makes the function that reads one payload as a plain object, in a single pass.
 *
 * The function throws a `Misfit` when the bytes do not fit.
 */
export function compileReader(
  record: AvroRecord,
  options: DecodeOptions,
): (payload: Buffer) => Record<string, unknown> {
  const read = compileRecord(record, { options, records: new Map() });
  return (payload) => {
    const cursor: Cursor = { bytes: payload, position: 0, depth: 0 };
    const value = read(cursor);
    const rest = payload.length - cursor.position;
    if (rest > 0) throw new Misfit(`${rest} bytes are left over`);
    return value as Record<string, unknown>;
  };
}

function compileType(type: AvroType, temporal: Temporal | null, compilation: Compilation): Read {
  switch (type.kind) {
    case "null":
      return () => null;
    case "boolean":
      return readBoolean;
    case "int":
      return readInt;
    case "long":
      return longReader(temporal, compilation.options);
    case "float":
      return readFloat;
    case "double":
      return readDouble;
    case "bytes":
      return (cursor) => readBytes(cursor);
    case "string":
      return readString;
    case "fixed":
      return (cursor) => readBytes(cursor, type.size);
    case "enum":
      return (cursor) => type.symbols[readIndex(cursor, type.symbols.length)];
    case "array":
      return arrayReader(compileType(type.items, null, compilation));
    case "map":
      return mapReader(compileType(type.values, null, compilation));
    case "union":
      return unionReader(type.branches, temporal, compilation);
    case "record":
      return compileRecord(type, compilation);
  }
}

function compileRecord(record: AvroRecord, compilation: Compilation): Read {
  const known = compilation.records.get(record);
  if (known !== undefined) return known;
  const { fields } = record;
  const reads: Read[] = [];
  const shape = compileShape(fields.map(({ name }) => name));
  const read: Read = (cursor) => {
    if (cursor.depth === MAX_DEPTH) throw new Misfit(`records nest deeper than ${MAX_DEPTH}`);
    cursor.depth += 1;
    const values: unknown[] = [];
    try {
      for (const readField of reads) values.push(readField(cursor));
    } catch (reason) {
      throw Misfit.within(fields[values.length]?.name ?? "", reason);
    }
    cursor.depth -= 1;
    return shape(values);
  };
  // Known before its fields are compiled, since one of them may be the record itself.
  compilation.records.set(record, read);
  for (const { type, temporal } of fields) reads.push(compileType(type, temporal, compilation));
  return read;
}

function longReader(temporal: Temporal | null, { longs, dates = "number" }: DecodeOptions): Read {
  if (temporal !== null && temporal !== "time" && dates !== "number") {
    return (cursor) => fromEpochMs(readLong(cursor), temporal, dates);
  }
  if (longs !== "string") return readLong;
  return (cursor) => {
    const value = readLong(cursor);
    return typeof value === "bigint" ? value.toString() : value;
  };
}

function arrayReader(read: Read): Read {
  return (cursor) => {
    const items: unknown[] = [];
    for (let count = readBlockSize(cursor); count > 0; count = readBlockSize(cursor)) {
      for (let index = 0; index < count; index += 1) items.push(read(cursor));
    }
    return items;
  };
}

function mapReader(read: Read): Read {
  return (cursor) => {
    const entries: [string, unknown][] = [];
    for (let count = readBlockSize(cursor); count > 0; count = readBlockSize(cursor)) {
      for (let index = 0; index < count; index += 1) entries.push([readString(cursor), read(cursor)]);
    }
    // Defines the keys, where an assignment would take `__proto__` for the prototype.
    return Object.fromEntries(entries);
  };
}

/** The branch's plain value, whatever the branch: which one it was is of no use to a consumer. */
function unionReader(
  branches: readonly AvroType[],
  temporal: Temporal | null,
  compilation: Compilation,
): Read {
  const reads = branches.map((branch) => compileType(branch, temporal, compilation));
  const [first, second] = reads;
  if (reads.length === 2 && first !== undefined && second !== undefined && branches[0]?.kind === "null") {
    return (cursor) => {
      const byte = cursor.bytes[cursor.position];
      if (byte === 0) {
        cursor.position += 1;
        return null;
      }
      if (byte !== 2) return readIndex(cursor, 2) === 0 ? null : second(cursor);
      cursor.position += 1;
      return second(cursor);
    };
  }
  return (cursor) => reads[readIndex(cursor, reads.length)]?.(cursor);
}
