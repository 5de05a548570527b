import { PubSubError } from "../pubsub-error.ts";
import { describeSchema } from "./describe-schema.ts";
import type { RecordDescription } from "./describe-schema.ts";
import { compareDescriptions } from "./schema-drift.ts";
import type { SchemaDrift } from "./schema-drift.ts";

type Baseline = { readonly schemaId: string | null; readonly record: RecordDescription };

/**
 * Tells when events come with another schema than the consumer was written for: per record, that is the schema given at
 * the start, else the first one seen.
 */
export class DriftGuard {
  /** By full name of the record, or by its plain name when the given text has no namespace. */
  readonly #baselines = new Map<string, Baseline>();
  readonly #seen = new Set<string>();

  /**
   * `expected` are Avro schemas as JSON text, one for each record.
   *
   * @throws {PubSubError} `config_invalid` for one that is no schema of a record, or two of the same record.
   */
  constructor(expected: readonly string[] = []) {
    for (const schemaJson of expected) {
      const record = describeExpected(schemaJson);
      if (this.#baselines.has(record.name)) {
        const detail = `two schemas of ${record.name} are expected. Give one.`;
        throw new PubSubError("config_invalid", "expected schema", detail);
      }
      this.#baselines.set(record.name, { schemaId: null, record });
    }
  }

  /**
   * How the schema differs, the first time its id is seen; null when it does not, and every later time. A schema that
   * cannot be used is no drift: its events fail with that error.
   */
  see({
    schemaId,
    schemaJson,
  }: {
    readonly schemaId: string;
    readonly schemaJson: string;
  }): SchemaDrift | null {
    if (this.#seen.has(schemaId)) return null;
    this.#seen.add(schemaId);
    const record = describeSeen(schemaJson, `schema ${schemaId}`);
    if (record === null) return null;
    const plainName = record.name.slice(record.name.lastIndexOf(".") + 1);
    const baseline = this.#baselines.get(record.name) ?? this.#baselines.get(plainName);
    if (baseline !== undefined) return compareDescriptions(baseline, { schemaId, record });
    this.#baselines.set(record.name, { schemaId, record });
    return null;
  }
}

function describeExpected(schemaJson: string): RecordDescription {
  try {
    return describeSchema(schemaJson, "expected schema");
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    const detail = `cannot be used: ${reason}. Give the JSON text of an Avro record.`;
    throw new PubSubError("config_invalid", "expected schema", detail, { cause: error });
  }
}

function describeSeen(schemaJson: string, subject: string): RecordDescription | null {
  try {
    return describeSchema(schemaJson, subject);
  } catch {
    return null;
  }
}
