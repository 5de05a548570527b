import type { FieldDefinition, FieldValue, ObjectDefinition, OrgRecord } from "../org-core.ts";
import type { Selection, SoqlQuery } from "./soql-ast.ts";
import { SoqlError } from "./soql-error.ts";
import { bindPath, findChildren, readParent, valueOf } from "./soql-scope.ts";
import type { ParentStep, SoqlSource } from "./soql-scope.ts";

/** One row of a result, before it becomes JSON. */
export type SoqlRow = {
  readonly objectName: string;
  readonly id: string;
  readonly columns: readonly SoqlColumn[];
};

export type SoqlColumn =
  | { readonly kind: "field"; readonly field: FieldDefinition; readonly value: FieldValue }
  | { readonly kind: "parent"; readonly name: string; readonly row: SoqlRow | null }
  | { readonly kind: "children"; readonly name: string; readonly rows: readonly SoqlRow[] };

export type BoundSelection =
  | { readonly kind: "field"; readonly field: FieldDefinition }
  | { readonly kind: "parent"; readonly step: ParentStep; readonly selections: BoundSelection[] }
  | {
      readonly kind: "children";
      readonly name: string;
      readonly child: ObjectDefinition;
      readonly selections: readonly BoundSelection[];
      childrenOf(parentId: string): readonly OrgRecord[];
    };

/** How a child query filters, sorts and cuts the children of one parent. */
export type SelectRecords = (
  source: SoqlSource,
  object: ObjectDefinition,
  query: SoqlQuery,
  candidates: Iterable<OrgRecord>,
) => readonly OrgRecord[];

/** Finds every selected name in the schema; fields of the same parent come together. */
export function bindSelections(
  source: SoqlSource,
  object: ObjectDefinition,
  selections: readonly Selection[],
  select: SelectRecords,
): readonly BoundSelection[] {
  const bound: BoundSelection[] = [];
  for (const selection of selections) {
    if (selection.kind === "children") {
      bound.push(bindChildren(source, object, selection.query, select));
      continue;
    }
    const { steps, field } = bindPath(source, object, selection.path);
    let level = bound;
    for (const step of steps) level = enterParent(level, step);
    if (level.some((entry) => entry.kind === "field" && entry.field.name === field.name)) {
      throw new SoqlError("MALFORMED_QUERY", `field '${selection.path.join(".")}' is selected twice`);
    }
    level.push({ kind: "field", field });
  }
  return bound;
}

export function readRow(
  source: SoqlSource,
  object: ObjectDefinition,
  record: OrgRecord,
  selections: readonly BoundSelection[],
): SoqlRow {
  const id = String(record["Id"]);
  const columns = selections.map((selection): SoqlColumn => {
    switch (selection.kind) {
      case "field":
        return { kind: "field", field: selection.field, value: valueOf(record, selection.field) };
      case "parent": {
        const { step } = selection;
        const parent = readParent(source, record, step);
        const row = parent === undefined ? null : readRow(source, step.parent, parent, selection.selections);
        return { kind: "parent", name: step.relationshipName, row };
      }
      case "children": {
        const rows = selection
          .childrenOf(id)
          .map((child) => readRow(source, selection.child, child, selection.selections));
        return { kind: "children", name: selection.name, rows };
      }
    }
  });
  return { objectName: object.name, id, columns };
}

function enterParent(level: BoundSelection[], step: ParentStep): BoundSelection[] {
  for (const entry of level) {
    if (entry.kind === "parent" && entry.step.idField === step.idField) return entry.selections;
  }
  const selections: BoundSelection[] = [];
  level.push({ kind: "parent", step, selections });
  return selections;
}

function bindChildren(
  source: SoqlSource,
  parent: ObjectDefinition,
  query: SoqlQuery,
  select: SelectRecords,
): BoundSelection {
  const { child, lookupField } = findChildren(source, parent, query.from);
  const selections = query.select === "count" ? [] : bindSelections(source, child, query.select, select);
  // Bound now, so that a wrong name is refused even when no parent has children.
  select(source, child, query, []);
  let byParent: Map<string, OrgRecord[]> | undefined;
  return {
    kind: "children",
    name: query.from,
    child,
    selections,
    childrenOf(parentId) {
      // One scan of the child object serves all parents of the result.
      byParent ??= Map.groupBy(source.all(child.name), (record) => String(record[lookupField]));
      return select(source, child, query, byParent.get(parentId) ?? []);
    },
  };
}
