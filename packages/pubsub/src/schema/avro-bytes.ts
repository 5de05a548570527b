/** Where reading stands. `depth` counts the records around it. */
export type Cursor = { readonly bytes: Buffer; position: number; depth: number };

/** Why bytes do not fit a schema. `path` names the field, from the outside in; the message never holds a value. */
export class Misfit extends Error {
  override readonly name = "Misfit";
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }

  /** The same failure, seen from the record around it. */
  static within(field: string, reason: unknown): Misfit {
    if (reason instanceof Misfit) return new Misfit(reason.message, [field, ...reason.path]);
    return new Misfit(reason instanceof Error ? reason.message : String(reason), [field]);
  }
}

/** A long as a number when that is exact, else as a bigint. */
export function readLong(cursor: Cursor): number | bigint {
  const start = cursor.position;
  let byte = readByte(cursor);
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let low = byte & 0x7f;
  for (let shift = 7; shift < 28; shift += 7) {
    byte = readByte(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
  }
  let high = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    byte = readByte(cursor);
    high |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    const half = high * 0x800_0000 + (low >>> 1);
    // Rounding can only have happened above this limit, so that what is below it is exact.
    if (half < Number.MAX_SAFE_INTEGER) return (low & 1) === 0 ? half : -half - 1;
    break;
  }
  cursor.position = start;
  return readWideLong(cursor);
}

/** 64 bits are at most ten bytes of seven bits. */
function readWideLong(cursor: Cursor): number | bigint {
  let bits = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = readByte(cursor);
    bits |= BigInt(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (bits >> 64n !== 0n) break;
    const value = (bits >> 1n) ^ -(bits & 1n);
    const rounded = Number(value);
    return Number.isSafeInteger(rounded) ? rounded : value;
  }
  throw new Misfit("a number has more than 64 bits");
}

export function readInt(cursor: Cursor): number {
  const value = readLong(cursor);
  if (value === Number(value) && (value | 0) === value) return value;
  throw new Misfit("a number has more than 32 bits");
}

export function readBoolean(cursor: Cursor): boolean {
  const byte = readByte(cursor);
  if (byte > 1) throw new Misfit("a boolean is neither 0 nor 1");
  return byte === 1;
}

export function readFloat(cursor: Cursor): number {
  return cursor.bytes.readFloatLE(advance(cursor, 4));
}

export function readDouble(cursor: Cursor): number {
  return cursor.bytes.readDoubleLE(advance(cursor, 8));
}

export function readString(cursor: Cursor): string {
  const start = advance(cursor, readLength(cursor));
  return cursor.bytes.toString("utf8", start, cursor.position);
}

/** A copy, since the payload is a window on all that was received. */
export function readBytes(cursor: Cursor, length: number = readLength(cursor)): Buffer {
  const start = advance(cursor, length);
  return Buffer.from(cursor.bytes.subarray(start, cursor.position));
}

/** How many items follow; 0 at the end. */
export function readBlockSize(cursor: Cursor): number {
  let count = Number(readLong(cursor));
  if (count < 0) {
    count = -count;
    readLong(cursor);
  }
  // An item is at least one byte (nobody sends lists of nulls): this bounds what broken bytes can make us allocate.
  if (count > cursor.bytes.length - cursor.position) throw new Misfit("the bytes end too early");
  return count;
}

/** The branch of a union, of which there are `count`. */
export function readIndex(cursor: Cursor, count: number): number {
  const index = Number(readLong(cursor));
  if (index >= 0 && index < count) return index;
  throw new Misfit(`index ${index} is not among ${count}`);
}

function readLength(cursor: Cursor): number {
  return Number(readLong(cursor));
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.position];
  if (byte === undefined) throw new Misfit("the bytes end too early");
  cursor.position += 1;
  return byte;
}

/** Steps over `length` bytes, and says where they begin. */
function advance(cursor: Cursor, length: number): number {
  const start = cursor.position;
  if (length < 0) throw new Misfit("a length is negative");
  if (length > cursor.bytes.length - start) throw new Misfit("the bytes end too early");
  cursor.position = start + length;
  return start;
}
