import type {
  AssignmentItem,
  Condition,
  ConditionLogic,
  ConditionOperator,
  CreateInput,
  EntryCondition,
  FieldAssignment,
  FieldFilter,
  Flow,
  FlowNode,
  FlowOperation,
  FlowValue,
  LookupQuery,
  UpdateTarget,
} from "../flow/flow.ts";
import type { Value } from "../formula/value.ts";
import { formatMoment, formatName } from "./format.ts";

const operations: Readonly<Record<FlowOperation, string>> = {
  Create: "is created",
  Update: "is updated",
  CreateAndUpdate: "is created or updated",
};

const operators: Readonly<Record<ConditionOperator, string>> = {
  EqualTo: "is",
  NotEqualTo: "is not",
  GreaterThan: "is more than",
  LessThan: "is less than",
  GreaterThanOrEqualTo: "is at least",
  LessThanOrEqualTo: "is at most",
  StartsWith: "starts with",
  EndsWith: "ends with",
  Contains: "contains",
  IsNull: "is null:",
  IsBlank: "is blank:",
  IsEmpty: "is empty:",
  IsChanged: "is changed:",
  In: "is one of",
  NotIn: "is none of",
};

const assignmentSigns: Readonly<Record<AssignmentItem["operator"], string>> = {
  Assign: "=",
  Add: "+=",
  Subtract: "−=",
  AddItem: "gets the item",
  AssignCount: "= the number of",
};

/** When a flow runs: `Before an Order that is updated is saved, …`. */
export function describeStart({ start }: Flow): string {
  const when = start.timing === "RecordBeforeSave" ? "Before the save" : "After the save";
  const entry = describeEntry(start.entry);
  const condition =
    entry === null
      ? ""
      : ` and ${start.onlyWhenChangedToMeet ? "now meets, and did not before" : "meets"}: ${entry}`;
  return `${when}, when ${articleOf(start.objectName)} ${start.objectName} ${operations[start.operation]}${condition}`;
}

function articleOf(word: string): string {
  return /^[AEIOU]/i.test(word) ? "an" : "a";
}

/** The condition in words; null when there is none. */
function describeEntry(entry: EntryCondition): string | null {
  switch (entry.kind) {
    case "always":
      return null;
    case "formula":
      return entry.formula.source;
    case "filters":
      return describeLogic(entry.logic, entry.filters.map(describeFilter));
  }
}

function describeFilter({ field, operator, value }: FieldFilter): string {
  return `${formatName(field)} ${describeTest(operator, value)}`;
}

function describeCondition({ left, operator, right }: Condition): string {
  return `${describePath(left)} ${describeTest(operator, right)}`;
}

/** `is null: no` reads worse than `is not null`. */
function describeTest(operator: ConditionOperator, value: FlowValue): string {
  const words = operators[operator];
  if (!words.endsWith(":") || value.kind !== "literal" || typeof value.value !== "boolean") {
    return `${words} ${describeValue(value)}`;
  }
  const plain = words.slice(0, -1);
  return value.value ? plain : plain.replace("is ", "is not ");
}

export function describeLogic(logic: ConditionLogic, conditions: readonly string[]): string {
  if (logic.kind === "condition") return conditions[logic.number - 1] ?? `condition ${logic.number}`;
  const parts = logic.of.map((part) => {
    const text = describeLogic(part, conditions);
    return isPlain(part) || logic.of.length === 1 ? text : `(${text})`;
  });
  return parts.join(logic.kind === "all" ? " and " : " or ");
}

/** What needs no parentheses: one condition, however it is wrapped. */
function isPlain(logic: ConditionLogic): boolean {
  return logic.kind === "condition" || (logic.of.length === 1 && logic.of.every(isPlain));
}

export function describeValue(value: FlowValue): string {
  return value.kind === "reference" ? describePath(value.path) : describeLiteral(value.value);
}

function describePath(path: string): string {
  const [first = "", ...rest] = path.split(".");
  if (first === "$Record") return rest.map(formatName).join(", ");
  if (first === "$Record__Prior") return `${rest.map(formatName).join(", ")} before`;
  return path;
}

function describeLiteral(value: Value): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return `“${value}”`;
  if (typeof value === "object") {
    return value.kind === "date" ? formatMoment(value.day * 86_400_000).slice(0, 10) : formatMoment(value.ms);
  }
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

/** What a node does, in a few words for the picture, and line by line for the outline. */
export type NodeWords = { readonly kind: string; readonly short: string; readonly lines: readonly string[] };

export function describeNode(node: FlowNode): NodeWords {
  switch (node.kind) {
    case "assignment": {
      const lines = node.items.map(
        ({ target, operator, value }) =>
          `${describePath(target)} ${assignmentSigns[operator]} ${describeValue(value)}`,
      );
      return { kind: "Assignment", short: countOf(lines.length, "value is set", "values are set"), lines };
    }
    case "decision":
      return {
        kind: "Decision",
        short: countOf(node.rules.length, "outcome", "outcomes"),
        lines: node.rules.map(
          ({ name, logic, conditions, onlyWhenChangedToMeet }) =>
            `${formatName(name)}: ${onlyWhenChangedToMeet ? "only now " : ""}${describeLogic(logic, conditions.map(describeCondition))}`,
        ),
      };
    case "create":
      return describeCreate(node.input);
    case "lookup":
      return describeLookup(node.query);
    case "update":
      return describeUpdate(node.target, node.assignments);
    case "custom_error":
      return {
        kind: "Refuse the save",
        short: node.messages[0]?.text.parts.map(partText).join("") ?? "",
        lines: node.messages.map(({ text, field }) => {
          const where = field === null ? "" : ` at ${formatName(field)}`;
          return `${text.parts.map(partText).join("")}${where}`;
        }),
      };
  }
}

function describeCreate(input: CreateInput): NodeWords {
  if (input.kind === "reference")
    return { kind: "Create records", short: describePath(input.path), lines: [] };
  const kind = input.objectName.endsWith("__e") ? "Publish" : "Create a record";
  return { kind, short: input.objectName, lines: input.assignments.map(describeAssignment) };
}

function describeLookup({ objectName, logic, filters, sort, onlyFirst }: LookupQuery): NodeWords {
  const where = filters.length === 0 ? [] : [`where ${describeLogic(logic, filters.map(describeFilter))}`];
  const order =
    sort === null ? [] : [`by ${formatName(sort.field)}, ${sort.isDescending ? "falling" : "rising"}`];
  const howMany = onlyFirst ? "the first one" : "all of them";
  return {
    kind: "Look up",
    short: `${objectName}, ${howMany}`,
    lines: [`${objectName}: ${howMany}`, ...where, ...order],
  };
}

function describeUpdate(target: UpdateTarget, assignments: readonly FieldAssignment[]): NodeWords {
  const lines = assignments.map(describeAssignment);
  if (target.kind === "own_record") return { kind: "Update", short: "the record itself", lines };
  const { objectName, logic, filters } = target;
  const where = filters.length === 0 ? [] : [`where ${describeLogic(logic, filters.map(describeFilter))}`];
  return { kind: "Update", short: objectName, lines: [...where, ...lines] };
}

function describeAssignment({ field, value }: FieldAssignment): string {
  return `${formatName(field)} = ${describeValue(value)}`;
}

function partText(part: string | { readonly kind: string; readonly path?: string }): string {
  return typeof part === "string" ? part : `{${part.path ?? "…"}}`;
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
