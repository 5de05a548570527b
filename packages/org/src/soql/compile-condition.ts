import type { FieldDefinition, FieldType, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import { valueTypeOf } from "../formula/value.ts";
import { toLongId } from "./record-id.ts";
import type { ComparisonOperator, Condition, SemiJoin, SoqlLiteral } from "./soql-ast.ts";
import { SoqlError } from "./soql-error.ts";
import { bindPath, findQueryObject, readPath } from "./soql-scope.ts";
import type { SoqlSource } from "./soql-scope.ts";

export type Predicate = (record: OrgRecord) => boolean;
type Comparable = string | number | boolean | null;

const maxFilterableTextLength = 255;

/**
 * Turns a condition into a test of one record. Two-valued like SOQL's: a null is unequal to every
 * value, and smaller or greater than none.
 *
 * @throws {SoqlError} INVALID_FIELD for unknown names and for values of another type than the field's.
 */
export function compileCondition(
  source: SoqlSource,
  object: ObjectDefinition,
  condition: Condition,
): Predicate {
  switch (condition.kind) {
    case "and": {
      const operands = condition.operands.map((operand) => compileCondition(source, object, operand));
      return (record) => operands.every((holds) => holds(record));
    }
    case "or": {
      const operands = condition.operands.map((operand) => compileCondition(source, object, operand));
      return (record) => operands.some((holds) => holds(record));
    }
    case "not": {
      const holds = compileCondition(source, object, condition.operand);
      return (record) => !holds(record);
    }
    case "compare": {
      const path = bindPath(source, object, condition.path);
      refuseLongText(path.field);
      const wanted = toComparable(path.field, condition.value);
      const { operator } = condition;
      return (record) => compare(comparableOf(path.field, readPath(source, record, path)), operator, wanted);
    }
    case "like": {
      const path = bindPath(source, object, condition.path);
      refuseLongText(path.field);
      if (!isText(path.field.type)) throw invalidOperand(path.field, "LIKE works on text only");
      const pattern = compilePattern(condition.pattern);
      return (record) => pattern.test(String(readPath(source, record, path) ?? ""));
    }
    case "in": {
      const path = bindPath(source, object, condition.path);
      refuseLongText(path.field);
      const wanted = new Set(condition.values.map((value) => toComparable(path.field, value)));
      const { negated } = condition;
      return (record) => wanted.has(comparableOf(path.field, readPath(source, record, path))) !== negated;
    }
    case "in query": {
      const path = bindPath(source, object, condition.path);
      refuseOtherThanId(path.field);
      const wanted = idsOfSemiJoin(source, condition.query);
      const { negated } = condition;
      return (record) => wanted.has(readPath(source, record, path)) !== negated;
    }
  }
}

function idsOfSemiJoin(source: SoqlSource, { path, from, where }: SemiJoin): ReadonlySet<FieldValue> {
  const object = findQueryObject(source, from);
  const selected = bindPath(source, object, path);
  refuseOtherThanId(selected.field);
  const holds = where === null ? () => true : compileCondition(source, object, where);
  const ids = new Set<FieldValue>();
  for (const record of source.all(object.name))
    if (holds(record)) ids.add(readPath(source, record, selected));
  ids.delete(null);
  return ids;
}

/** The order of two values of one field, for ORDER BY; neither is null. */
export function compareValues(field: FieldDefinition, left: FieldValue, right: FieldValue): number {
  return order(comparableOf(field, left), comparableOf(field, right));
}

function compare(actual: Comparable, operator: ComparisonOperator, wanted: Comparable): boolean {
  if (operator === "=") return actual === wanted;
  if (operator === "!=") return actual !== wanted;
  if (actual === null || wanted === null) return false;
  const difference = order(actual, wanted);
  switch (operator) {
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
  }
}

function order(left: Comparable, right: Comparable): number {
  if (left === right) return 0;
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

/** Text is compared without case, ids exactly; everything else has one spelling. */
function comparableOf(field: FieldDefinition, value: FieldValue): Comparable {
  return typeof value === "string" && isText(field.type) ? value.toLowerCase() : value;
}

function toComparable(field: FieldDefinition, literal: SoqlLiteral): Comparable {
  if (literal.kind === "null") return null;
  const expected = literalKindOf(field.type);
  if (literal.kind !== expected) {
    throw invalidOperand(field, `its value must be a ${expected}, and this is a ${literal.kind}`);
  }
  if (field.type === "id" || field.type === "reference") {
    return toLongId(String(literal.value)) ?? invalidId(field, String(literal.value));
  }
  return comparableOf(field, literal.value);
}

function literalKindOf(type: FieldType): Exclude<SoqlLiteral["kind"], "null"> {
  const kind = valueTypeOf(type);
  return kind === "text" ? "string" : kind;
}

function isText(type: FieldType): boolean {
  return type !== "id" && type !== "reference" && literalKindOf(type) === "string";
}

function refuseLongText(field: FieldDefinition): void {
  if (field.type === "textarea" && (field.length ?? 0) > maxFilterableTextLength) {
    throw invalidOperand(field, "long text cannot be filtered in a query");
  }
}

function refuseOtherThanId(field: FieldDefinition): void {
  if (field.type === "id" || field.type === "reference") return;
  throw invalidOperand(field, "a query inside IN compares ids and lookups only");
}

function compilePattern(pattern: string): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? "";
    const next = pattern[index + 1];
    if (character === "\\" && (next === "%" || next === "_")) {
      source += next;
      index += 1;
    } else if (character === "%") source += ".*";
    else if (character === "_") source += ".";
    else source += character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
  }
  return new RegExp(`^${source}$`, "is");
}

function invalidId(field: FieldDefinition, value: string): never {
  throw invalidOperand(field, `'${value}' is no record id`);
}

function invalidOperand(field: FieldDefinition, problem: string): SoqlError {
  return new SoqlError("INVALID_FIELD", `the filter on field '${field.name}' is refused: ${problem}`);
}
