import { parseAvroRecord } from "./avro-schema.ts";
import type { AvroRecord, AvroType, Temporal } from "./avro-schema.ts";

/** An event or a record within it, as a JavaScript reader meets it. A tree of plain data. */
export type RecordDescription = {
  /** The full name, such as `com.sforce.eventbus.Order_Event__e`. */
  readonly name: string;
  readonly fields: readonly FieldDescription[];
};

export type FieldDescription = ValueDescription & { readonly name: string };

export type ValueDescription = {
  /** What the value may be besides null; more than one for a union such as string or record. */
  readonly options: readonly ValueOption[];
  readonly nullable: boolean;
};

/**
 * - `number`                     int, float and double alike; `avro` tells which
 * - `long`                       a number, or beyond 2^53 a bigint or a string
 * - `dateTime`, `date`, `time`   a long that Salesforce marks as a point in time, a day or a time of day
 * - `bytes`                      a Buffer
 * - `recursion`                  a record that is already around it, by name
 */
export type ValueOption =
  | { readonly kind: "string" | "boolean" | "bytes" | "long" | Temporal }
  | { readonly kind: "number"; readonly avro: "int" | "float" | "double" }
  | { readonly kind: "enum"; readonly symbols: readonly string[] }
  | { readonly kind: "array"; readonly items: ValueDescription }
  | { readonly kind: "map"; readonly values: ValueDescription }
  | { readonly kind: "record"; readonly record: RecordDescription }
  | { readonly kind: "recursion"; readonly name: string };

/**
 * Describes an Avro schema for those who read its records: labels, order and defaults are left out.
 *
 * @throws {PubSubError} `schema_unusable` about `subject`, saying which part is wrong.
 */
export function describeSchema(schemaJson: string, subject = "schema"): RecordDescription {
  return describeRecord(parseAvroRecord(schemaJson, subject), []);
}

function describeRecord(record: AvroRecord, outer: readonly AvroRecord[]): RecordDescription {
  const around = [...outer, record];
  const fields = record.fields.map(({ name, type, temporal }) => ({
    name,
    ...describeType(type, temporal, around),
  }));
  return { name: record.name, fields };
}

function describeType(
  type: AvroType,
  temporal: Temporal | null,
  around: readonly AvroRecord[],
): ValueDescription {
  const branches = type.kind === "union" ? type.branches : [type];
  const options = branches.flatMap((branch) => optionsOf(branch, temporal, around));
  return { options, nullable: branches.some(({ kind }) => kind === "null") };
}

function optionsOf(
  type: AvroType,
  temporal: Temporal | null,
  around: readonly AvroRecord[],
): readonly ValueOption[] {
  switch (type.kind) {
    case "null":
    case "union":
      // A union holds no union, so that this is null alone.
      return [];
    case "string":
    case "boolean":
    case "bytes":
      return [{ kind: type.kind }];
    case "fixed":
      return [{ kind: "bytes" }];
    case "int":
    case "float":
    case "double":
      return [{ kind: "number", avro: type.kind }];
    case "long":
      return [{ kind: temporal ?? "long" }];
    case "enum":
      return [{ kind: "enum", symbols: type.symbols }];
    case "array":
      return [{ kind: "array", items: describeType(type.items, null, around) }];
    case "map":
      return [{ kind: "map", values: describeType(type.values, null, around) }];
    case "record":
      return around.includes(type)
        ? [{ kind: "recursion", name: type.name }]
        : [{ kind: "record", record: describeRecord(type, around) }];
  }
}
