import { PubSubError } from "../pubsub-error.ts";
import { Misfit } from "./avro-bytes.ts";
import { parseAvroRecord } from "./avro-schema.ts";
import { expandHeader, isChangeEvent } from "./change-bitmaps.ts";
import { compileReader } from "./payload-reader.ts";
import type { DecodeOptions } from "./payload-reader.ts";
import { compileWriter } from "./payload-writer.ts";

/** Reads and writes the payloads of one schema. */
export type PayloadCodec = {
  readonly schemaId: string;
  /** The schema itself, as Avro JSON. */
  readonly schemaJson: string;
  /**
   * A plain object with every field of the schema. Unions become their plain value or null; longs numbers, or beyond
   * 2^53 what the options say. The bitmaps in the header of a change event become lists of field names.
   *
   * @throws {PubSubError} `payload_undecodable`
   */
  decode(payload: Buffer): Record<string, unknown>;
  /**
   * Takes what `decode` gives, and a `Date` for a DateTime or DateOnly. A field that is left out becomes its default or
   * null.
   *
   * @throws {PubSubError} `payload_invalid`, naming every field that is wrong, missing or unknown.
   */
  encode(record: Readonly<Record<string, unknown>>): Buffer;
};

/**
 * Compiles an Avro schema.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function createPayloadCodec(
  schemaId: string,
  schemaJson: string,
  options: DecodeOptions = {},
): PayloadCodec {
  const subject = `schema ${schemaId}`;
  const record = parseAvroRecord(schemaJson, subject);
  const read = compileReader(record, options);
  const write = compileWriter(record);
  const expands = isChangeEvent(record);
  return {
    schemaId,
    schemaJson,
    decode(payload) {
      try {
        const event = read(payload);
        if (expands) expandHeader(event, record);
        return event;
      } catch (error) {
        throw undecodable(subject, payload, error);
      }
    },
    encode(value) {
      const outcome = write(value);
      if (outcome.kind === "written") return outcome.payload;
      const detail = `the record does not fit: ${outcome.problems.join("; ")}.`;
      throw new PubSubError("payload_invalid", subject, detail);
    },
  };
}

function undecodable(subject: string, payload: Buffer, error: unknown): PubSubError {
  const path = error instanceof Misfit && error.path.length > 0 ? `${error.path.join(".")}: ` : "";
  const reason = error instanceof Error ? error.message : String(error);
  const detail = `${payload.length} bytes do not fit the schema: ${path}${reason}.`;
  return new PubSubError("payload_undecodable", subject, detail, { cause: error });
}
