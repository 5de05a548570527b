import { evaluateFormula } from "../formula/evaluate-formula.ts";
import type { FormulaScope } from "../formula/evaluate-formula.ts";
import { FormulaError } from "../formula/formula-error.ts";
import { roundTo } from "../formula/round-number.ts";
import { dayMs, fromField, showValue, typeOfValue } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import type { OrgRecord, OrgSchema } from "../org-core.ts";
import type { FlowResource, FlowValue, Template } from "./flow.ts";
import { isRecord, singleValue } from "./flow-data.ts";
import type { FlowData } from "./flow-data.ts";

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

/** What a flow has found and worked out so far. */
export type FlowMemory = {
  /** Variables and the automatic outputs of lookups; what is missing is null. */
  readonly data: ReadonlyMap<string, FlowData>;
  readonly faultMessage: string | null;
};

/** Before a flow runs nothing is in its memory. */
export const emptyMemory: FlowMemory = { data: new Map(), faultMessage: null };

export type FlowScope = FormulaScope & {
  /** What `read` gives for single values, and records and collections too. */
  readData(path: string): FlowData;
};

/** What a flow sees: the record, its prior state, globals, and the flow's own resources. */
export function flowScope(
  view: SaveView,
  resources: ReadonlyMap<string, FlowResource>,
  memory: FlowMemory,
): FlowScope {
  const scope: FlowScope = {
    read: (path) => singleValue(scope.readData(path), path),
    readData(path) {
      const [root = "", ...rest] = path.split(".");
      switch (root) {
        case "$Record":
          return readOwn(view, view.record, rest);
        case "$Record__Prior":
          return readOwn(view, view.prior, rest);
        case "$User":
          return readUser(view, rest);
        case "$Flow":
          return readFlowGlobal(rest.join("."), view.nowMs, memory.faultMessage);
        case "$GlobalConstant":
          return readGlobalConstant(rest.join("."));
        default: {
          const data = readResource(root, resources.get(root), memory.data, scope);
          return rest.length === 0 ? data : readMember(view, data, path, rest);
        }
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

export function readFlowValueIn(scope: FlowScope, value: FlowValue): FlowData {
  return value.kind === "literal" ? value.value : scope.readData(value.path);
}

function readOwn(view: SaveView, record: OrgRecord | undefined, path: readonly string[]): FlowData {
  if (path.length > 0) return readFieldPath(view, view.objectName, record, path);
  return record === undefined ? null : { kind: "record", objectName: view.objectName, fields: record };
}

/** A field of a record that the flow holds; nothing has no fields, and all of them are null. */
function readMember(view: SaveView, data: FlowData, path: string, rest: readonly string[]): Value {
  if (data === null) return null;
  if (!isRecord(data)) throw new FormulaError(`${path} is no field of a record`);
  return readFieldPath(view, data.objectName, data.fields, rest);
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
  data: ReadonlyMap<string, FlowData>,
  scope: FlowScope,
): FlowData {
  switch (resource?.kind) {
    // What is no resource is the output of a lookup.
    case undefined:
    case "variable":
      return data.get(name) ?? null;
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
      return typeof value === "number" && resource.scale !== null ? roundTo(value, resource.scale) : value;
    }
  }
}
