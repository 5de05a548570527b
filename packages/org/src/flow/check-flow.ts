import { valueTypeOf } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import { resolveField, resolveObject } from "../metadata/resolve-field.ts";
import type { OrgSchema } from "../org-core.ts";
import {
  checkExpression,
  checkFlowValue,
  checkReference,
  checkResources,
  checkTemplate,
} from "./check-reference.ts";
import type { AssignmentItem, ConditionOperator, Flow, FlowNode, FlowValue, Link } from "./flow.ts";

/**
 * Checks a flow against the org: what it names exists, types fit, and it does nothing that its stage does not allow.
 *
 * @throws {MetadataError}
 */
export function checkFlow(flow: Flow, schema: OrgSchema, onWarning: (text: string) => void): void {
  checkStart(flow, schema, onWarning);
  checkResources(flow, schema);
  for (const node of flow.nodes.values()) {
    for (const link of linksOf(node)) checkLink(flow, link);
    checkNode(flow, schema, node);
  }
  for (const node of unreachableNodes(flow)) onWarning(`flow ${flow.name}: nothing leads to ${node.name}`);
  if (!flow.isActive) onWarning(`flow ${flow.name}: its status is not Active, so it does not run`);
}

function checkStart(flow: Flow, schema: OrgSchema, onWarning: (text: string) => void): void {
  const { start } = flow;
  if (resolveObject(schema, start.objectName, start.place).kind === "event") {
    const detail = `Flows start with records, and ${start.objectName} is an event.`;
    throw new MetadataError("bad_value", start.place, `${detail} Name an object.`);
  }
  if (start.next !== null) checkLink(flow, start.next);
  const { entry } = start;
  if (entry.kind === "formula") checkExpression(flow, schema, entry.formula.expression, entry.formula.place);
  if (entry.kind !== "filters") return;
  for (const { field, operator, value, place } of entry.filters) {
    checkComparison(flow, schema, `$Record.${field}`, operator, value, place);
    if (operator === "IsChanged" && start.onlyWhenChangedToMeet) {
      onWarning(`flow ${flow.name}: IsChanged and doesRequireRecordChangedToMeetCriteria exclude each other`);
    }
  }
}

function checkNode(flow: Flow, schema: OrgSchema, node: FlowNode): void {
  switch (node.kind) {
    case "assignment":
      for (const item of node.items) checkAssignment(flow, schema, item);
      break;
    case "decision":
      for (const { left, operator, right, place } of node.rules.flatMap((rule) => rule.conditions)) {
        checkComparison(flow, schema, left, operator, right, place);
      }
      break;
    case "create":
      checkCreate(flow, schema, node);
      break;
    case "custom_error":
      for (const { text, field } of node.messages) {
        checkTemplate(flow, schema, text);
        if (field !== null) resolveField(schema, flow.start.objectName, field, node.place);
      }
      break;
  }
}

function checkComparison(
  flow: Flow,
  schema: OrgSchema,
  left: string,
  operator: ConditionOperator,
  right: FlowValue,
  place: MetadataPlace,
): void {
  const { type, field } = checkReference(flow, schema, left, place);
  const rightType = checkFlowValue(flow, schema, right);
  const asksYesOrNo = ["IsNull", "IsBlank", "IsEmpty", "IsChanged"].includes(operator);
  checkType(asksYesOrNo ? "boolean" : type, rightType, right.place, `${left} ${operator}`);
  if (asksYesOrNo || right.kind !== "literal" || field === null || field.picklistValues.length === 0) return;
  if (typeof right.value !== "string" || field.picklistValues.includes(right.value)) return;
  const values = field.picklistValues.join(", ");
  throw new MetadataError(
    "unknown_reference",
    right.place,
    `"${right.value}" is no value of ${field.name}; it has ${values}. Correct it, or add it to the value set.`,
  );
}

function checkAssignment(flow: Flow, schema: OrgSchema, item: AssignmentItem): void {
  const { target, place, operator } = item;
  const { type, field } = checkReference(flow, schema, target, place);
  const isVariable = flow.resources.get(target)?.kind === "variable";
  const isRecordField = target.split(".").length === 2 && target.startsWith("$Record.");
  if (!isVariable && !isRecordField) {
    throw new MetadataError(
      "bad_value",
      place,
      `"${target}" cannot be assigned; use $Record.<field> or a variable.`,
    );
  }
  if (isRecordField && flow.start.timing !== "RecordBeforeSave") {
    const detail = `"${target}" is saved already when this flow runs. Assign it in a RecordBeforeSave flow.`;
    throw new MetadataError("bad_value", place, detail);
  }
  if (isRecordField && field?.updateable === false) {
    throw new MetadataError(
      "bad_value",
      place,
      `"${target}" is set by the org alone; remove the assignment.`,
    );
  }
  if (operator !== "Assign" && type !== "number" && !(type === "text" && operator === "Add")) {
    throw new MetadataError("bad_value", place, `${operator} does not work on ${type}; "${target}" is one.`);
  }
  checkType(type, checkFlowValue(flow, schema, item.value), item.value.place, target);
}

function checkCreate(flow: Flow, schema: OrgSchema, node: Extract<FlowNode, { kind: "create" }>): void {
  const { objectName, place } = node;
  if (flow.start.timing === "RecordBeforeSave") {
    const detail = "A RecordBeforeSave flow cannot create records or publish. Use a RecordAfterSave flow.";
    throw new MetadataError("bad_value", place, detail);
  }
  const event = schema.objects.get(objectName);
  if (event?.kind !== "event") {
    const detail = `This org's flows create platform events only, and ${objectName} is none that it knows.`;
    throw new MetadataError("unknown_reference", place, `${detail} Name an event that the metadata defines.`);
  }
  for (const assignment of node.assignments) {
    const field = resolveField(schema, objectName, assignment.field, assignment.place);
    const type = checkFlowValue(flow, schema, assignment.value);
    checkType(valueTypeOf(field.type), type, assignment.value.place, `${objectName}.${field.name}`);
  }
  const assigned = new Set(node.assignments.map((assignment) => assignment.field));
  for (const field of event.fields.values()) {
    if (!field.required || field.defaultValue !== null || assigned.has(field.name)) continue;
    throw new MetadataError("missing_element", place, `${objectName}.${field.name} is required; assign it.`);
  }
}

function checkType(expected: string, actual: string | null, place: MetadataPlace, subject: string): void {
  if (actual === null || actual === expected) return;
  throw new MetadataError(
    "bad_value",
    place,
    `${subject} takes ${expected}, and gets ${actual}. Convert it.`,
  );
}

function checkLink(flow: Flow, { target, place }: Link): void {
  if (flow.nodes.has(target)) return;
  const nodes = [...flow.nodes.keys()].join(", ");
  const detail = `The flow has no element "${target}"; it has ${nodes}. Correct the name.`;
  throw new MetadataError("unknown_reference", place, detail);
}

function linksOf(node: FlowNode): readonly Link[] {
  switch (node.kind) {
    case "assignment":
      return present([node.next]);
    case "decision":
      return present([...node.rules.map((rule) => rule.next), node.otherwise]);
    case "create":
      return present([node.next, node.fault]);
    case "custom_error":
      return [];
  }
}

function present(links: readonly (Link | null)[]): readonly Link[] {
  return links.filter((link) => link !== null);
}

function unreachableNodes(flow: Flow): readonly FlowNode[] {
  const reached = new Set<string>();
  const waiting = present([flow.start.next]).map((link) => link.target);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = flow.nodes.get(name);
    if (node === undefined || reached.has(name)) continue;
    reached.add(name);
    waiting.push(...linksOf(node).map((link) => link.target));
  }
  return [...flow.nodes.values()].filter((node) => !reached.has(node.name));
}
