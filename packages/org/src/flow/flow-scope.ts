import { evaluateFormula } from "../formula/evaluate-formula.ts";
import type { FormulaScope } from "../formula/evaluate-formula.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { dayMs, fromField, showValue, typeOfValue } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import type { OrgRecord, OrgSchema } from "../org-core.ts";
import type { FlowResource, FlowValue, Template } from "./flow.ts";

/** The save that rules and flows look at. */
export type SaveView = {
  readonly schema: OrgSchema;
  readonly objectName: string;
  /** The record with the values of this save. */
  readonly record: OrgRecord;
  /** The record before this save; undefined on insert. */
  readonly prior: OrgRecord | undefined;
  readonly userId: string;
  readonly nowMs: number;
  findRecord(objectName: string, id: string): OrgRecord | undefined;
};

/** Reads a path of fields from a record, walking parents: `Account.Name`. */
export function readFieldPath(
  view: SaveView,
  objectName: string,
  record: OrgRecord | undefined,
  path: readonly string[],
): Value {
  const [name = "", ...rest] = path;
  const object = view.schema.objects.get(objectName);
  if (object === undefined || record === undefined) return null;
  if (rest.length === 0) {
    const field = object.fields.get(name);
    if (field === undefined) throw new FormulaError(`${objectName} has no field ${name}`);
    return fromField(field, record[name] ?? null);
  }
  const lookup = [...object.fields.values()].find((field) => field.relationshipName === name);
  if (lookup === undefined || lookup.referenceTo === null) {
    throw new FormulaError(`${objectName} has no relationship ${name}`);
  }
  const id = record[lookup.name];
  const parent = typeof id === "string" ? view.findRecord(lookup.referenceTo, id) : undefined;
  return readFieldPath(view, lookup.referenceTo, parent, rest);
}

/** What formulas of a validation rule see: fields by their bare names, and `$User`. */
export function ruleScope(view: SaveView): FormulaScope {
  const read = (path: string, record: OrgRecord | undefined): Value => {
    const names = path.split(".");
    if (names[0] === "$User") return readUser(view, names.slice(1));
    return readFieldPath(view, view.objectName, record, names);
  };
  return {
    read: (path) => read(path, view.record),
    readPrior: (path) => (view.prior === undefined ? undefined : read(path, view.prior)),
    isNew: view.prior === undefined,
    nowMs: view.nowMs,
  };
}

/** What a flow sees: the record, its prior state, globals, and the flow's own resources. */
export function flowScope(
  view: SaveView,
  resources: ReadonlyMap<string, FlowResource>,
  variables: ReadonlyMap<string, Value>,
  faultMessage: string | null,
): FormulaScope {
  const scope: FormulaScope = {
    read(path) {
      const [root = "", ...rest] = path.split(".");
      switch (root) {
        case "$Record":
          return readFieldPath(view, view.objectName, view.record, rest);
        case "$Record__Prior":
          return readFieldPath(view, view.objectName, view.prior, rest);
        case "$User":
          return readUser(view, rest);
        case "$Flow":
          return readFlowGlobal(rest.join("."), view.nowMs, faultMessage);
        case "$GlobalConstant":
          return readGlobalConstant(rest.join("."));
        default:
          return readResource(root, resources.get(root), variables, scope);
      }
    },
    readPrior(path) {
      const [root = "", ...rest] = path.split(".");
      if (view.prior === undefined) return undefined;
      if (root !== "$Record") throw new FormulaError(`${path} is no field of $Record`);
      return readFieldPath(view, view.objectName, view.prior, rest);
    },
    isNew: view.prior === undefined,
    nowMs: view.nowMs,
  };
  return scope;
}

export function readFlowValueIn(scope: FormulaScope, value: FlowValue): Value {
  return value.kind === "literal" ? value.value : scope.read(value.path);
}

export function renderTemplate(scope: FormulaScope, template: Template): string {
  return template.parts
    .map((part) => (typeof part === "string" ? part : showValue(evaluateFormula(part, scope))))
    .join("");
}

function readUser(view: SaveView, path: readonly string[]): Value {
  if (path.join(".") === "Id") return view.userId;
  return readFieldPath(view, "User", view.findRecord("User", view.userId), path);
}

function readFlowGlobal(name: string, nowMs: number, faultMessage: string | null): Value {
  switch (name) {
    case "CurrentDateTime":
      return { kind: "datetime", ms: nowMs };
    case "CurrentDate":
      return { kind: "date", day: Math.floor(nowMs / dayMs) };
    case "FaultMessage":
      return faultMessage;
    default:
      throw new FormulaError(`$Flow.${name} is not known here`);
  }
}

function readGlobalConstant(name: string): Value {
  const constants: Readonly<Record<string, Value>> = { True: true, False: false, EmptyString: "" };
  const value = constants[name];
  if (value === undefined) throw new FormulaError(`$GlobalConstant.${name} is not known here`);
  return value;
}

function readResource(
  name: string,
  resource: FlowResource | undefined,
  variables: ReadonlyMap<string, Value>,
  scope: FormulaScope,
): Value {
  switch (resource?.kind) {
    case undefined:
      throw new FormulaError(`the flow has no resource ${name}`);
    case "variable":
      return variables.get(name) ?? null;
    case "constant":
      return readFlowValueIn(scope, resource.value);
    case "template":
      return renderTemplate(scope, resource.text);
    case "formula": {
      const value = evaluateFormula(resource.formula.expression, scope);
      if (value === null) return null;
      if (typeOfValue(value) !== resource.type) {
        throw new FormulaError(
          `the formula ${name} gives ${typeOfValue(value)} where ${resource.type} is said`,
        );
      }
      if (typeof value !== "number" || resource.scale === null) return value;
      return Number(value.toFixed(resource.scale));
    }
  }
}
