import { areAlike, canReadAs, textOf } from "./compare-values.ts";
import { describeSchema } from "./describe-schema.ts";
import type { FieldDescription, RecordDescription, ValueDescription } from "./describe-schema.ts";

/**
 * How a schema differs from the one a consumer was written for. `additive`: whatever reads the old fields goes on
 * working. `breaking`: a field that the consumer may read is gone or of another type, or a new one is never null.
 */
export type SchemaDrift = {
  readonly severity: "additive" | "breaking";
  /** The record's full name, such as `com.sforce.eventbus.Order_Event__e`. */
  readonly record: string;
  readonly schemaId: string;
  /** The schema it is compared with; null when that was given as text. */
  readonly baselineSchemaId: string | null;
  readonly changes: readonly SchemaChange[];
};

/**
 * One field. Nested ones as `Name.FirstName`, those in an array as `Lines[].Quantity`. Types are for people, such as
 * `string | null`.
 */
export type SchemaChange =
  | { readonly kind: "added"; readonly field: string; readonly type: string; readonly nullable: boolean }
  | { readonly kind: "removed"; readonly field: string; readonly type: string }
  | { readonly kind: "retyped"; readonly field: string; readonly from: string; readonly to: string };

/**
 * Compares two Avro schemas as their readers see them; null when they are equal to a reader. Labels, docs, defaults and
 * the order of fields do not count. A renamed field shows as removed and added. Which types a reader of another type
 * can take is told at `canReadAs`; where it can, a retyped field is additive.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function compareSchemas(
  baseline: { readonly schemaId: string | null; readonly schemaJson: string },
  current: { readonly schemaId: string; readonly schemaJson: string },
): SchemaDrift | null {
  const before = describeSchema(baseline.schemaJson, `schema ${baseline.schemaId ?? "given as text"}`);
  const after = describeSchema(current.schemaJson, `schema ${current.schemaId}`);
  return compareDescriptions(
    { schemaId: baseline.schemaId, record: before },
    { schemaId: current.schemaId, record: after },
  );
}

/** As `compareSchemas`, of schemas that are read already. */
export function compareDescriptions(
  baseline: { readonly schemaId: string | null; readonly record: RecordDescription },
  current: { readonly schemaId: string; readonly record: RecordDescription },
): SchemaDrift | null {
  const found: Finding[] = [...compareRecords("", baseline.record, current.record)];
  if (found.length === 0) return null;
  return {
    severity: found.some(({ breaks }) => breaks) ? "breaking" : "additive",
    record: current.record.name,
    schemaId: current.schemaId,
    baselineSchemaId: baseline.schemaId,
    changes: found.map(({ change }) => change),
  };
}

type Finding = { readonly change: SchemaChange; readonly breaks: boolean };

function* compareRecords(
  prefix: string,
  before: RecordDescription,
  after: RecordDescription,
): Generator<Finding, void> {
  const current = new Map(after.fields.map((field) => [field.name, field]));
  for (const known of before.fields) {
    const field = prefix + known.name;
    const same = current.get(known.name);
    if (same !== undefined) yield* compareValues(field, known, same);
    else yield { change: { kind: "removed", field, type: textOf(known) }, breaks: true };
  }
  const known = new Set(before.fields.map(({ name }) => name));
  for (const added of after.fields) {
    if (!known.has(added.name)) yield findingOfAdded(prefix, added);
  }
}

function findingOfAdded(prefix: string, added: FieldDescription): Finding {
  const { name, nullable } = added;
  return {
    change: { kind: "added", field: prefix + name, type: textOf(added), nullable },
    breaks: !nullable,
  };
}

function* compareValues(
  field: string,
  before: ValueDescription,
  after: ValueDescription,
): Generator<Finding, void> {
  if (!areAlike(before, after)) {
    const change = { kind: "retyped", field, from: textOf(before), to: textOf(after) } as const;
    yield { change, breaks: !canReadAs(before, after) };
  }
  for (const known of before.options) {
    for (const option of after.options) {
      if (known.kind === "record" && option.kind === "record") {
        yield* compareRecords(`${field}.`, known.record, option.record);
      } else if (known.kind === "array" && option.kind === "array") {
        yield* compareRecordsWithin(`${field}[]`, known.items, option.items);
      } else if (known.kind === "map" && option.kind === "map") {
        yield* compareRecordsWithin(`${field}[]`, known.values, option.values);
      }
    }
  }
}

/** What is in an array or a map: that its own type changed was told with the field. */
function* compareRecordsWithin(
  field: string,
  before: ValueDescription,
  after: ValueDescription,
): Generator<Finding, void> {
  for (const { change, breaks } of compareValues(field, before, after)) {
    if (change.field !== field) yield { change, breaks };
  }
}
