import avsc from "avsc";
import type { Type } from "avsc";
import type { SchemaChange } from "../schema/schema-drift.ts";
import { isUnion, parseEventSchema } from "./read-schema.ts";

/**
 * The changes that lead from one schema to another, by field; fields of nested records are named like
 * `ChangeEventHeader.changeType`. None when nothing but the order of fields, texts or defaults differ.
 *
 * @throws {PubSubError} `schema_unusable`
 */
export function compareSchemas(before: string, after: string, topic: string): readonly SchemaChange[] {
  return compareRecords(parseEventSchema(before, topic).type, parseEventSchema(after, topic).type, "");
}

/** Whether code for the old schema goes on working: it does when all that came are fields that may be null. */
export function severityOf(changes: readonly SchemaChange[]): "none" | "additive" | "breaking" {
  if (changes.length === 0) return "none";
  return changes.every((change) => change.kind === "added" && change.nullable) ? "additive" : "breaking";
}

function compareRecords(
  before: avsc.types.RecordType,
  after: avsc.types.RecordType,
  prefix: string,
): readonly SchemaChange[] {
  const old = new Map(before.fields.map((field) => [field.name, field.type]));
  const current = new Map(after.fields.map((field) => [field.name, field.type]));
  const gone = [...old].flatMap(([name, type]): readonly SchemaChange[] => {
    const now = current.get(name);
    if (now !== undefined) return compareFields(type, now, prefix + name);
    return [{ kind: "removed", field: prefix + name, type: describeType(type) }];
  });
  const come = [...current].flatMap(([name, type]): readonly SchemaChange[] => {
    if (old.has(name)) return [];
    const nullable = branchesOf(type).some(({ typeName }) => typeName === "null");
    return [{ kind: "added", field: prefix + name, type: describeType(type), nullable }];
  });
  return [...gone, ...come];
}

function compareFields(before: Type, after: Type, field: string): readonly SchemaChange[] {
  const from = describeType(before);
  const to = describeType(after);
  if (from !== to) return [{ kind: "retyped", field, from, to }];
  const records = recordsIn(after);
  return recordsIn(before).flatMap((record, index) => {
    const now = records[index];
    return now === undefined ? [] : compareRecords(record, now, `${field}.`);
  });
}

function recordsIn(type: Type): readonly avsc.types.RecordType[] {
  if (type instanceof avsc.types.ArrayType) return recordsIn(type.itemsType);
  if (type instanceof avsc.types.MapType) return recordsIn(type.valuesType);
  if (type instanceof avsc.types.RecordType) return [type];
  return isUnion(type) ? type.types.flatMap(recordsIn) : [];
}

function branchesOf(type: Type): readonly Type[] {
  return isUnion(type) ? type.types : [type];
}

/** `string or null`; a record is told by its name. */
function describeType(type: Type): string {
  if (isUnion(type)) {
    const values = type.types.filter(({ typeName }) => typeName !== "null").map(describeType);
    return [...values, ...(values.length < type.types.length ? ["null"] : [])].join(" or ");
  }
  if (type instanceof avsc.types.ArrayType) return `array of ${describeType(type.itemsType)}`;
  if (type instanceof avsc.types.MapType) return `map of ${describeType(type.valuesType)}`;
  if (type instanceof avsc.types.EnumType) return `one of ${type.symbols.join(", ")}`;
  if (type instanceof avsc.types.RecordType) return `record ${(type.name ?? "").replace(/^.*\./, "")}`;
  return type instanceof avsc.types.FixedType ? `${type.size} bytes` : type.typeName;
}
