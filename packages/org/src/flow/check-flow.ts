import { MetadataError } from "../metadata/metadata-error.ts";
import { resolveField, resolveObject } from "../metadata/resolve-field.ts";
import type { OrgSchema } from "../org-core.ts";
import { checkAssignment } from "./check-assignment.ts";
import { checkCondition } from "./check-condition.ts";
import { checkCreate, checkLookup, checkUpdate } from "./check-record-nodes.ts";
import {
  checkEntryExpression,
  checkResources,
  checkTemplate,
  refuseUnsetVariable,
} from "./check-resources.ts";
import type { Flow, FlowNode, Link } from "./flow.ts";

/**
 * Checks a flow against the org: what it names exists, types fit, and it does nothing that its stage does not allow.
 *
 * @throws {MetadataError}
 */
export function checkFlow(flow: Flow, schema: OrgSchema, onWarning: (text: string) => void): void {
  checkStart(flow, schema, onWarning);
  refuseSharedNames(flow);
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
  if (entry.kind === "formula") {
    checkEntryExpression(flow, schema, entry.formula.expression, entry.formula.place);
  }
  if (entry.kind !== "filters") return;
  for (const { field, operator, value, place } of entry.filters) {
    if (value.kind === "reference") refuseUnsetVariable(flow, value.path, value.place);
    checkCondition(flow, schema, { left: `$Record.${field}`, operator, right: value, place });
    if (operator === "IsChanged" && start.onlyWhenChangedToMeet) {
      onWarning(`flow ${flow.name}: IsChanged and doesRequireRecordChangedToMeetCriteria exclude each other`);
    }
  }
}

/** Rules of decisions are parts of the flow too: no two parts share a name. */
function refuseSharedNames(flow: Flow): void {
  const taken = new Set([...flow.nodes.keys(), ...flow.resources.keys()]);
  for (const node of flow.nodes.values()) {
    if (node.kind !== "decision") continue;
    for (const { name } of node.rules) {
      if (taken.has(name)) {
        const detail = `Two parts of the flow are called ${name}. Rename one.`;
        throw new MetadataError("duplicate", node.place, detail);
      }
      taken.add(name);
    }
  }
}

function checkNode(flow: Flow, schema: OrgSchema, node: FlowNode): void {
  switch (node.kind) {
    case "assignment":
      for (const item of node.items) checkAssignment(flow, schema, item);
      break;
    case "decision":
      for (const condition of node.rules.flatMap((rule) => rule.conditions)) {
        checkCondition(flow, schema, condition);
      }
      break;
    case "create":
      checkCreate(flow, schema, node);
      break;
    case "lookup":
      checkLookup(flow, schema, node);
      break;
    case "update":
      checkUpdate(flow, schema, node);
      break;
    case "custom_error":
      for (const { text, field } of node.messages) {
        checkTemplate(flow, schema, text);
        if (field !== null) resolveField(schema, flow.start.objectName, field, node.place);
      }
      break;
  }
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
    case "custom_error":
      return present([node.next]);
    case "decision":
      return present([...node.rules.map((rule) => rule.next), node.otherwise]);
    case "create":
    case "lookup":
    case "update":
      return present([node.next, node.fault]);
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
