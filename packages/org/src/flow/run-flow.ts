import { FormulaError } from "../formula/formula-error.ts";
import { showValue, toField } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import { OrgError } from "../org-core.ts";
import type { FieldValue, OrgRecord } from "../org-core.ts";
import { meetsLogic } from "./condition-logic.ts";
import { meetsCondition, priorOf } from "./entry-condition.ts";
import type { AssignmentItem, Flow, FlowNode, Link } from "./flow.ts";
import { flowScope, readFlowValueIn, renderTemplate } from "./flow-scope.ts";
import type { SaveView } from "./flow-scope.ts";

/** A record-triggered flow may execute this many elements for one record; a loop never ends otherwise. */
const maxElements = 2_000;

/** How a flow ended: `record` holds what it made of $Record. A custom error refuses the save. */
export type FlowOutcome =
  | { readonly kind: "finished"; readonly record: OrgRecord }
  | { readonly kind: "refused"; readonly message: string; readonly field: string | null };

/** Publishes an event as part of the save. @throws {OrgError} when the event is refused. */
export type PublishInSave = (eventName: string, values: OrgRecord) => void;

/**
 * Runs one interview of a flow whose entry condition is met.
 *
 * @throws {OrgError} CANNOT_EXECUTE_FLOW_TRIGGER when an element fails and no fault path takes it.
 */
export function runFlow(flow: Flow, view: SaveView, publish: PublishInSave): FlowOutcome {
  const interview = new Interview(flow, view, publish);
  let link = flow.start.next;
  for (let count = 0; link !== null; count += 1) {
    const node = flow.nodes.get(link.target);
    if (node === undefined) break;
    if (count >= maxElements) throw flowFailed(flow, node, `more than ${maxElements} elements were executed`);
    try {
      if (node.kind === "custom_error") return interview.refusal(node);
      link = interview.execute(node);
    } catch (reason) {
      if (!(reason instanceof OrgError) && !(reason instanceof FormulaError)) throw reason;
      const fault = node.kind === "create" ? node.fault : null;
      if (fault === null) throw flowFailed(flow, node, reason.message);
      interview.faultMessage = reason.message;
      link = fault;
    }
  }
  return { kind: "finished", record: interview.record };
}

function flowFailed(flow: Flow, node: FlowNode, detail: string): OrgError {
  const message = `The flow ${flow.name} failed at ${node.name}, and nothing was saved: ${detail}`;
  return new OrgError("CANNOT_EXECUTE_FLOW_TRIGGER", message);
}

/** One run of a flow: its variables and the record as the flow has made it so far. */
class Interview {
  readonly #flow: Flow;
  readonly #view: SaveView;
  readonly #publish: PublishInSave;
  readonly #variables = new Map<string, Value>();
  record: OrgRecord;
  faultMessage: string | null = null;

  constructor(flow: Flow, view: SaveView, publish: PublishInSave) {
    this.#flow = flow;
    this.#view = view;
    this.#publish = publish;
    this.record = view.record;
    for (const resource of flow.resources.values()) {
      if (resource.kind !== "variable" || resource.initial === null) continue;
      this.#variables.set(resource.name, readFlowValueIn(this.#scope(), resource.initial));
    }
  }

  /** Does what the node says. Returns what runs next. */
  execute(node: Exclude<FlowNode, { kind: "custom_error" }>): Link | null {
    switch (node.kind) {
      case "assignment":
        for (const item of node.items) this.#assign(item);
        return node.next;
      case "decision":
        return this.#decide(node);
      case "create":
        this.#create(node);
        return node.next;
    }
  }

  refusal(node: Extract<FlowNode, { kind: "custom_error" }>): FlowOutcome {
    const [first] = node.messages;
    const message = first === undefined ? node.name : renderTemplate(this.#scope(), first.text).trim();
    return { kind: "refused", message, field: first?.field ?? null };
  }

  #scope() {
    const view = { ...this.#view, record: this.record };
    return flowScope(view, this.#flow.resources, this.#variables, this.faultMessage);
  }

  #assign(item: AssignmentItem): void {
    const scope = this.#scope();
    const operand = readFlowValueIn(scope, item.value);
    const value = item.operator === "Assign" ? operand : changeBy(item, scope.read(item.target), operand);
    if (!item.target.startsWith("$Record.")) {
      this.#variables.set(item.target, value);
      return;
    }
    const name = item.target.slice("$Record.".length);
    const field = this.#view.schema.objects.get(this.#view.objectName)?.fields.get(name);
    if (field === undefined) throw new FormulaError(`$Record has no field ${name}`);
    this.record = { ...this.record, [name]: blankToNull(toField(field, value)) };
  }

  #decide(node: Extract<FlowNode, { kind: "decision" }>): Link | null {
    const scope = this.#scope();
    const taken = node.rules.find((rule) =>
      meetsLogic(rule.logic, (number) => {
        const condition = rule.conditions[number - 1];
        if (condition === undefined) return false;
        const right = readFlowValueIn(scope, condition.right);
        const left = scope.read(condition.left);
        return meetsCondition(condition.operator, left, right, () => priorOf(scope, condition.left));
      }),
    );
    return taken === undefined ? node.otherwise : taken.next;
  }

  #create(node: Extract<FlowNode, { kind: "create" }>): void {
    const scope = this.#scope();
    const event = this.#view.schema.objects.get(node.objectName);
    const values: Record<string, FieldValue> = {};
    for (const { field: name, value } of node.assignments) {
      const field = event?.fields.get(name);
      if (field === undefined) throw new FormulaError(`${node.objectName} has no field ${name}`);
      values[name] = toField(field, readFlowValueIn(scope, value));
    }
    this.#publish(node.objectName, values);
  }
}

/** Nothing counts as zero when something is added to it. Text is joined by Add. */
function changeBy(item: AssignmentItem, current: Value, operand: Value): Value {
  const sign = item.operator === "Subtract" ? -1 : 1;
  if (sign === 1 && [typeof current, typeof operand].includes("string")) {
    return showValue(current) + showValue(operand);
  }
  const left = current ?? 0;
  const right = operand ?? 0;
  if (typeof left === "number" && typeof right === "number") return left + sign * right;
  throw new FormulaError(`${item.operator} needs numbers at ${item.target}`);
}

/** Records store no empty text. */
function blankToNull(value: FieldValue): FieldValue {
  return value === "" ? null : value;
}
