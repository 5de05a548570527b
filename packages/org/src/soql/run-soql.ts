import type { FieldDefinition, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import { compareValues, compileCondition } from "./compile-condition.ts";
import { parseSoql } from "./parse-soql.ts";
import { toLongId } from "./record-id.ts";
import { bindSelections, readRow } from "./soql-rows.ts";
import type { SoqlRow } from "./soql-rows.ts";
import type { Condition, FieldPath, Ordering, SoqlLiteral, SoqlQuery } from "./soql-ast.ts";
import { bindPath, findQueryObject, readPath } from "./soql-scope.ts";
import type { BoundPath, SoqlSource } from "./soql-scope.ts";

export type SoqlResult =
  | { readonly kind: "count"; readonly size: number }
  | { readonly kind: "rows"; readonly rows: readonly SoqlRow[] };

/**
 * Runs a query over all records; without ORDER BY the order of the rows is not promised.
 *
 * @throws {SoqlError} MALFORMED_QUERY, INVALID_FIELD or INVALID_TYPE.
 */
export function runSoql(source: SoqlSource, text: string): SoqlResult {
  const query = parseSoql(text);
  const object = findQueryObject(source, query.from);
  const selections =
    query.select === "count" ? null : bindSelections(source, object, query.select, selectRecords);
  const candidates = findCandidates(source, object, query.where);
  const records = selectRecords(source, object, query, candidates);
  if (selections === null) return { kind: "count", size: records.length };
  return { kind: "rows", rows: records.map((record) => readRow(source, object, record, selections)) };
}

/** Filters, sorts and cuts; shared by the query itself and its child queries. */
export function selectRecords(
  source: SoqlSource,
  object: ObjectDefinition,
  query: SoqlQuery,
  candidates: Iterable<OrgRecord>,
): readonly OrgRecord[] {
  const holds = query.where === null ? () => true : compileCondition(source, object, query.where);
  const orderings = query.orderBy.map((ordering) => bindOrdering(source, object, ordering));
  const found: OrgRecord[] = [];
  for (const record of candidates) if (holds(record)) found.push(record);
  if (orderings.length > 0) found.sort((left, right) => compareRecords(source, orderings, left, right));
  const end = query.limit === null ? undefined : query.offset + query.limit;
  return found.slice(query.offset, end);
}

type BoundOrdering = { readonly path: BoundPath; readonly descending: boolean; readonly nullsLast: boolean };

function bindOrdering(source: SoqlSource, object: ObjectDefinition, ordering: Ordering): BoundOrdering {
  return { ...ordering, path: bindPath(source, object, ordering.path) };
}

function compareRecords(
  source: SoqlSource,
  orderings: readonly BoundOrdering[],
  left: OrgRecord,
  right: OrgRecord,
): number {
  for (const { path, descending, nullsLast } of orderings) {
    const a = readPath(source, left, path);
    const b = readPath(source, right, path);
    const difference = compareNullable(path.field, a, b, { descending, nullsLast });
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Nulls come first unless NULLS LAST is written, whichever way the values run. */
function compareNullable(
  field: FieldDefinition,
  left: FieldValue,
  right: FieldValue,
  direction: { readonly descending: boolean; readonly nullsLast: boolean },
): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === direction.nullsLast ? 1 : -1;
  }
  const difference = compareValues(field, left, right);
  return direction.descending ? -difference : difference;
}

/** A condition that names record ids needs no scan; every other one reads the whole object. */
function findCandidates(
  source: SoqlSource,
  object: ObjectDefinition,
  where: Condition | null,
): Iterable<OrgRecord> {
  const ids = where === null ? undefined : idsOf(where);
  if (ids === undefined) return source.all(object.name);
  const records = [...ids].map((id) => source.get(object.name, id));
  return records.filter((record) => record !== undefined);
}

function idsOf(condition: Condition): ReadonlySet<string> | undefined {
  if (condition.kind === "and") {
    for (const operand of condition.operands) {
      const ids = idsOf(operand);
      if (ids !== undefined) return ids;
    }
    return undefined;
  }
  const literals = idLiteralsOf(condition);
  if (literals === undefined) return undefined;
  return new Set(
    literals.flatMap((literal) => (literal.kind === "string" ? (toLongId(literal.value) ?? []) : [])),
  );
}

function idLiteralsOf(condition: Condition): readonly SoqlLiteral[] | undefined {
  if (condition.kind === "compare" && condition.operator === "=" && isId(condition.path)) {
    return [condition.value];
  }
  if (condition.kind === "in" && !condition.negated && isId(condition.path)) return condition.values;
  return undefined;
}

function isId(path: FieldPath): boolean {
  return path.length === 1 && path[0]?.toLowerCase() === "id";
}
