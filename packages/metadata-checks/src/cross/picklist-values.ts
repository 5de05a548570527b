import { MetadataError, readFormula } from "@sluice/org/metadata";
import type { Expression, XmlElement } from "@sluice/org/metadata";
import { childOf, childText, childrenOf, descendantsOf } from "../element-children.ts";
import type { Finding } from "../finding.ts";
import { documentsOf } from "../sfdx-project.ts";
import type { MetadataDocument } from "../sfdx-project.ts";
import { checkPicklistValue, findField } from "./project-view.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";

/** A place where a picklist meets a fixed value; comparisons in flows are checked by the org itself. */
type Use = {
  readonly objectName: string;
  readonly field: string;
  readonly value: string;
  readonly at: XmlElement;
};

/** Values in formulas, in assignments of flows and in list views are values of their picklists. */
export function checkPicklistValues(view: ProjectView): CrossResult {
  const { project } = view;
  const uses = [
    ...documentsOf(project, "validationRule").flatMap(usesInRule),
    ...documentsOf(project, "flow").flatMap(usesInFlow),
    ...documentsOf(project, "listView").flatMap(usesInListView),
  ];
  const findings = uses.flatMap(({ objectName, field, value, at }): readonly Finding[] => {
    const definition = findField(view, objectName, field, at);
    return definition === undefined ? [] : checkPicklistValue(definition, value, at);
  });
  return { seen: uses.length, findings };
}

function usesInRule({ root, objectName }: MetadataDocument): readonly Use[] {
  return childrenOf(root, "errorConditionFormula").flatMap((at) =>
    comparisonsIn(at).map(([field, value]) => ({ objectName, field, value, at })),
  );
}

function usesInFlow({ root }: MetadataDocument): readonly Use[] {
  const start = childOf(root, "start");
  const objectName = start === undefined ? "" : childText(start, "object");
  const inFormulas = [...descendantsOf(root, "expression"), ...descendantsOf(root, "filterFormula")].flatMap(
    (at) => comparisonsIn(at).flatMap(([path, value]) => ofRecord(objectName, path, value, at)),
  );
  const assigned = descendantsOf(root, "assignmentItems").flatMap((item) =>
    literalsOf(item).flatMap((at) => ofRecord(objectName, childText(item, "assignToReference"), at.text, at)),
  );
  const created = [...childrenOf(root, "recordCreates"), ...childrenOf(root, "recordUpdates")].flatMap(
    (node) =>
      childrenOf(node, "inputAssignments").flatMap((item) =>
        literalsOf(item).map((at) => ({
          objectName: childText(node, "object"),
          field: childText(item, "field"),
          value: at.text,
          at,
        })),
      ),
  );
  return [...inFormulas, ...assigned, ...created];
}

/** `$Record.Status` and `$Record__Prior.Status`; what is no field of the record is no picklist. */
function ofRecord(objectName: string, path: string, value: string, at: XmlElement): readonly Use[] {
  const [, field] = /^\$Record(?:__Prior)?\.(.+)$/.exec(path) ?? [];
  return field === undefined ? [] : [{ objectName, field, value, at }];
}

function literalsOf(item: XmlElement): readonly XmlElement[] {
  return childrenOf(item, "value").flatMap((value) => childrenOf(value, "stringValue"));
}

/** List views name some standard fields in a way of their own. */
const listViewNames: Readonly<Record<string, string>> = { "ORDERS.STATUS": "Status" };

function usesInListView({ root, objectName }: MetadataDocument): readonly Use[] {
  return childrenOf(root, "filters").flatMap((filter) => {
    const name = childText(filter, "field");
    const at = childOf(filter, "value");
    if (at === undefined || !["equals", "notEqual"].includes(childText(filter, "operation"))) return [];
    const field = listViewNames[name] ?? name;
    return at.text.split(",").map((value) => ({ objectName, field, value: value.trim(), at }));
  });
}

/** Pairs of field and literal in ISPICKVAL(field, "value") and TEXT(field) = "value". */
function comparisonsIn(element: XmlElement): readonly (readonly [string, string])[] {
  try {
    return comparisonsOf(readFormula(element).expression);
  } catch (reason) {
    // Reported by the check that loads the source.
    if (reason instanceof MetadataError) return [];
    throw reason;
  }
}

function comparisonsOf(expression: Expression): readonly (readonly [string, string])[] {
  switch (expression.kind) {
    case "literal":
    case "reference":
      return [];
    case "not":
    case "negate":
      return comparisonsOf(expression.operand);
    case "binary": {
      const { left, right } = expression;
      return [...pair(left, right), ...pair(right, left), ...comparisonsOf(left), ...comparisonsOf(right)];
    }
    case "call": {
      const [subject, value] = expression.args;
      const own = expression.name === "ISPICKVAL" && subject && value ? pair(subject, value) : [];
      return [...own, ...expression.args.flatMap(comparisonsOf)];
    }
  }
}

function pair(subject: Expression, value: Expression): readonly (readonly [string, string])[] {
  const field = fieldIn(subject);
  if (field === null || value.kind !== "literal" || typeof value.value !== "string") return [];
  return [[field, value.value]];
}

/** The field in `field`, `PRIORVALUE(field)` and `TEXT(field)`. */
function fieldIn(expression: Expression): string | null {
  if (expression.kind === "reference") return expression.path;
  if (expression.kind !== "call" || !["PRIORVALUE", "TEXT"].includes(expression.name)) return null;
  const [first] = expression.args;
  return first === undefined ? null : fieldIn(first);
}
