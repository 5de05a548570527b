import type { AvroOutput } from "./avro-output.ts";
import type { AvroType, Temporal } from "./avro-schema.ts";
import { toEpochMs } from "./temporal-values.ts";

/** A type that holds no other type. */
export type ScalarType = Exclude<AvroType, { readonly kind: "record" | "union" | "array" | "map" }>;

/** Writes a value; when it does not fit, writes nothing and says why, without the value. */
export function writeScalar(
  type: ScalarType,
  temporal: Temporal | null,
  value: unknown,
  output: AvroOutput,
): string | null {
  switch (type.kind) {
    case "null":
      return value === null ? null : mustBe("null", value);
    case "boolean":
      if (typeof value !== "boolean") return mustBe("a boolean", value);
      output.writeByte(value ? 1 : 0);
      return null;
    case "int":
      if (typeof value !== "number" || (value | 0) !== value) return mustBe("an integer of 32 bits", value);
      output.writeLong(value);
      return null;
    case "long":
      return writeTemporal(temporal, value, output);
    case "float":
    case "double":
      if (typeof value !== "number") return mustBe("a number", value);
      if (type.kind === "float") output.writeFloat(value);
      else output.writeDouble(value);
      return null;
    case "string":
      if (typeof value !== "string") return mustBe("a string", value);
      output.writeString(value);
      return null;
    case "enum": {
      const index = typeof value === "string" ? type.symbols.indexOf(value) : -1;
      if (index < 0) return mustBe(`one of ${type.symbols.join(", ")}`, value);
      output.writeLong(index);
      return null;
    }
    case "bytes":
      if (!(value instanceof Uint8Array)) return mustBe("a Buffer", value);
      output.writeLong(value.length);
      output.writeRaw(value);
      return null;
    case "fixed":
      if (!(value instanceof Uint8Array)) return mustBe(`a Buffer of ${type.size} bytes`, value);
      if (value.length !== type.size) return `must be ${type.size} bytes, but is ${value.length}`;
      output.writeRaw(value);
      return null;
  }
}

/** What a value is, for messages. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a Date";
  if (value instanceof Uint8Array) return "a Buffer";
  if (typeof value === "number" && !Number.isInteger(value)) return "a number that is no integer";
  if (typeof value === "number" && !Number.isSafeInteger(value)) return "a number beyond 2^53";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function writeTemporal(temporal: Temporal | null, value: unknown, output: AvroOutput): string | null {
  if (temporal !== null && temporal !== "time" && (value instanceof Date || typeof value === "string")) {
    const epochMs = toEpochMs(value, temporal);
    if (typeof epochMs === "string") return epochMs;
    output.writeLong(epochMs);
    return null;
  }
  return writeLong(value, output);
}

/** Takes what reading gives: a number, beyond 2^53 a bigint or a decimal string. */
function writeLong(value: unknown, output: AvroOutput): string | null {
  if (typeof value === "number" && Number.isSafeInteger(value)) {
    output.writeLong(value);
    return null;
  }
  if (typeof value !== "bigint" && !(typeof value === "string" && /^-?\d{16,19}$/.test(value))) {
    return mustBe("an integer of 64 bits", value);
  }
  const wide = BigInt(value);
  if (BigInt.asIntN(64, wide) !== wide) return "must be an integer of 64 bits, but has more";
  output.writeLong(wide);
  return null;
}

function mustBe(expected: string, value: unknown): string {
  return `must be ${expected}, but is ${describeValue(value)}`;
}
