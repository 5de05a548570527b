import { FormulaError } from "../formula/formula-error.ts";
import type { OrgRecord } from "../org-core.ts";
import { meetsLogic } from "./condition-logic.ts";
import type { DecisionRule, Flow, FlowNode, Link } from "./flow.ts";
import type { FlowActions } from "./flow-actions.ts";
import { isRecord } from "./flow-data.ts";
import type { FlowData } from "./flow-data.ts";
import { flowScope, readFlowValueIn, renderTemplate } from "./flow-scope.ts";
import type { FlowScope, SaveView } from "./flow-scope.ts";
import { meetsCondition, priorOf } from "./meets-condition.ts";
import { assignedData, withField } from "./run-assignment.ts";
import { assignedFields, createdRecords, lookUp, matchingRecords } from "./run-record-nodes.ts";

type Node<Kind extends FlowNode["kind"]> = Extract<FlowNode, { kind: Kind }>;

/** One run of a flow: its variables, and the record as the flow has made it so far. */
export class Interview {
  readonly #flow: Flow;
  readonly #view: SaveView;
  readonly #actions: FlowActions;
  readonly #data = new Map<string, FlowData>();
  record: OrgRecord;
  faultMessage: string | null = null;

  constructor(flow: Flow, view: SaveView, actions: FlowActions) {
    this.#flow = flow;
    this.#view = view;
    this.#actions = actions;
    this.record = view.record;
    for (const resource of flow.resources.values()) {
      if (resource.kind !== "variable" || resource.initial === null) continue;
      this.#data.set(resource.name, readFlowValueIn(this.scope(), resource.initial));
    }
  }

  scope(record: OrgRecord = this.record): FlowScope {
    const memory = { data: this.#data, faultMessage: this.faultMessage };
    return flowScope({ ...this.#view, record }, this.#flow.resources, memory);
  }

  /** Does what the node says. Returns what runs next. @throws {OrgError | FormulaError} when it fails. */
  execute(node: Exclude<FlowNode, { kind: "custom_error" | "decision" }>): Link | null {
    switch (node.kind) {
      case "assignment":
        for (const item of node.items) this.#set(item.target, assignedData(this.scope(), item));
        break;
      case "create":
        this.#create(node);
        break;
      case "lookup":
        this.#store(node, lookUp(this.#view.schema, this.scope(), this.#actions, node.query));
        break;
      case "update":
        this.#update(node);
        break;
    }
    return node.next;
  }

  /** The first rule that is met; undefined when the default applies. */
  decide(node: Node<"decision">): DecisionRule | undefined {
    return node.rules.find((rule) => {
      if (!this.#meets(rule, this.record)) return false;
      const { prior } = this.#view;
      return !rule.onlyWhenChangedToMeet || prior === undefined || !this.#meets(rule, prior);
    });
  }

  refusal(node: Node<"custom_error">) {
    const [first] = node.messages;
    const message = first === undefined ? node.name : renderTemplate(this.scope(), first.text).trim();
    return { kind: "refused", message, field: first?.field ?? null } as const;
  }

  #meets(rule: DecisionRule, record: OrgRecord): boolean {
    const scope = this.scope(record);
    return meetsLogic(rule.logic, (number) => {
      const condition = rule.conditions[number - 1];
      if (condition === undefined) return false;
      const right = readFlowValueIn(scope, condition.right);
      const left = scope.readData(condition.left);
      return meetsCondition(condition.operator, left, right, () => priorOf(scope, condition.left));
    });
  }

  #set(target: string, data: FlowData): void {
    const [root = "", field] = target.split(".");
    const { schema, objectName } = this.#view;
    if (root === "$Record" && field !== undefined) {
      const own = { kind: "record", objectName, fields: this.record } as const;
      this.record = withField(schema, own, field, data).fields;
      return;
    }
    if (field === undefined) {
      this.#data.set(target, data);
      return;
    }
    const held = this.#data.get(root) ?? { kind: "record", objectName: this.#objectOf(root), fields: {} };
    if (!isRecord(held)) throw new FormulaError(`${root} holds no record`);
    this.#data.set(root, withField(schema, held, field, data));
  }

  /** The object of a record variable that is still empty. */
  #objectOf(name: string): string {
    const resource = this.#flow.resources.get(name);
    if (resource?.kind === "variable" && resource.shape.kind === "record") return resource.shape.objectName;
    throw new FormulaError(`${name} is no record variable`);
  }

  #create(node: Node<"create">): void {
    const { schema } = this.#view;
    const source = { flow: this.#flow.name, element: node.name };
    for (const { objectName, fields } of createdRecords(schema, this.scope(), node.input)) {
      if (schema.objects.get(objectName)?.kind === "event") this.#actions.publish(objectName, fields, source);
      else this.#actions.create(objectName, fields);
    }
  }

  #store({ name, output }: Node<"lookup">, found: FlowData): void {
    switch (output.kind) {
      case "automatic":
        this.#data.set(name, found);
        break;
      case "variable":
        if (found !== null || output.clears) this.#set(output.path, found);
        break;
      case "fields": {
        if (found === null && !output.clears) break;
        this.#data.set(name, found);
        for (const { field, target } of output.items) {
          this.#set(target, this.scope().readData(`${name}.${field}`));
        }
        break;
      }
    }
  }

  #update({ target, assignments }: Node<"update">): void {
    const { schema, objectName: own } = this.#view;
    const scope = this.scope();
    const objectName = target.kind === "own_record" ? own : target.objectName;
    const values = assignedFields(schema, scope, objectName, assignments);
    const records =
      target.kind === "own_record" ? [this.record] : matchingRecords(schema, scope, this.#actions, target);
    const ids = records.map((record) => String(record["Id"]));
    if (ids.length > 0) this.#actions.update(objectName, ids, values);
  }
}
