import type { FieldValue, OrgRecord } from "../../src/org-core.ts";
import type { Clause } from "./flow-xml.ts";

/** When a flow runs, as a random test makes it up. */
export type EntryRule = {
  readonly name: string;
  readonly operation: "Create" | "Update" | "CreateAndUpdate";
  readonly changed: boolean;
  readonly where: readonly Clause[];
  readonly tree: LogicTree;
};

/** How the conditions combine, by their place in `where`. */
export type LogicTree = number | { readonly join: "AND" | "OR"; readonly parts: readonly LogicTree[] };

/** The rows of the table in section C.3, one after the other; `old` is undefined on insert. */
export function shouldRun(rule: EntryRule, record: OrgRecord, old: OrgRecord | undefined): boolean {
  const meetsNew = meets(rule, record, old);
  if (old === undefined) return rule.operation !== "Update" && meetsNew;
  if (rule.operation === "Create") return false;
  if (!rule.changed) return meetsNew;
  return meetsNew && !meets(rule, old, old);
}

function meets({ where, tree }: EntryRule, record: OrgRecord, old: OrgRecord | undefined): boolean {
  const holds = (part: LogicTree): boolean => {
    if (typeof part === "number") return isMet(where[part], record, old);
    return part.join === "AND" ? part.parts.every(holds) : part.parts.some(holds);
  };
  return holds(tree);
}

function isMet(clause: Clause | undefined, record: OrgRecord, old: OrgRecord | undefined): boolean {
  if (clause === undefined) throw new Error("the tree names a condition that is not there");
  const [field, operator, right] = clause;
  const left = record[field] ?? null;
  switch (operator) {
    case "EqualTo":
      return left === right;
    case "NotEqualTo":
      return left !== right;
    case "IsNull":
      return (left === null) === right;
    case "IsChanged":
      return (old !== undefined && left !== (old[field] ?? null)) === right;
    default:
      if (left === null || right === null || typeof right === "object") return false;
      return compare(operator, left, right);
  }
}

function compare(operator: string, left: NonNullable<FieldValue>, right: NonNullable<FieldValue>): boolean {
  switch (operator) {
    case "GreaterThan":
      return left > right;
    case "LessThan":
      return left < right;
    case "GreaterThanOrEqualTo":
      return left >= right;
    case "LessThanOrEqualTo":
      return left <= right;
    case "StartsWith":
      return String(left).startsWith(String(right));
    case "EndsWith":
      return String(left).endsWith(String(right));
    case "Contains":
      return String(left).includes(String(right));
    default:
      throw new Error(`the oracle does not know ${operator}`);
  }
}
