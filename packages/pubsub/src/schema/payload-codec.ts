import avsc from "avsc";
import type { Schema, Type } from "avsc";
import { PubSubError } from "../pubsub-error.ts";
import { hasWrappedUnion, unwrapUnions } from "./union-values.ts";

/** Reads and writes the payloads of one schema. */
export type PayloadCodec = {
  /**
   * Unions become their plain value or null; longs numbers, or a bigint beyond 2^53.
   *
   * @throws {PubSubError} `payload_undecodable`
   */
  decode(payload: Buffer): Record<string, unknown>;
  /** @throws {PubSubError} `payload_invalid`, naming the field. */
  encode(record: Readonly<Record<string, unknown>>): Buffer;
};

/**
 * Compiles an Avro schema.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function createPayloadCodec(schemaId: string, schemaJson: string): PayloadCodec {
  const type = compile(schemaId, schemaJson);
  const subject = `schema ${schemaId}`;
  const needsUnwrapping = hasWrappedUnion(type);
  return {
    decode(payload) {
      let record: object;
      try {
        record = type.fromBuffer(payload) as object;
      } catch (error) {
        const detail = `${payload.length} bytes do not fit the schema: ${messageOf(error)}.`;
        throw new PubSubError("payload_undecodable", subject, detail, { cause: error });
      }
      return { ...((needsUnwrapping ? unwrapUnions(type, record) : record) as object) };
    },
    encode(record) {
      const wrong: string[] = [];
      type.isValid(record, { errorHook: (path) => wrong.push(path.join(".")) });
      if (wrong.length === 0) return type.toBuffer(record);
      const detail = `the record does not fit: ${wrong.join(", ")} missing or of another type.`;
      throw new PubSubError("payload_invalid", subject, detail);
    },
  };
}

function compile(schemaId: string, schemaJson: string): Type {
  try {
    const schema = JSON.parse(schemaJson) as Schema;
    const type = avsc.Type.forSchema(schema, { registry: { long: safeLong() }, omitRecordMethods: true });
    if (type.typeName === "record") return type;
    throw new Error(`expected a record, got ${type.typeName}`);
  } catch (error) {
    const detail = `cannot be used: ${messageOf(error)}.`;
    throw new PubSubError("schema_unusable", `schema ${schemaId}`, detail, { cause: error });
  }
}

/** Longs as numbers where a number is exact, as bigints where it is not: a value is never rounded. */
function safeLong(): Type {
  return avsc.types.LongType.__with({
    fromBuffer(bytes: Buffer) {
      const value = bytes.readBigInt64LE();
      const rounded = Number(value);
      return Number.isSafeInteger(rounded) ? rounded : value;
    },
    toBuffer(value: number | bigint) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: Number,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === "bigint" || Number.isSafeInteger(value),
    compare: (left: number | bigint, right: number | bigint) => (left < right ? -1 : left > right ? 1 : 0),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
