import { callsIn, referencesOf } from "../formula/formula-ast.ts";
import type { Expression } from "../formula/formula-ast.ts";
import { typeOfExpression } from "../formula/formula-type.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import { resolveObject } from "../metadata/resolve-field.ts";
import type { OrgSchema } from "../org-core.ts";
import { checkFlowValue, checkReference, requireShape } from "./check-reference.ts";
import type { Flow, FlowResource, FlowValue, Template } from "./flow.ts";
import { showShape } from "./flow-data.ts";
import type { DataShape } from "./flow-data.ts";

/** Functions that look at the save itself. Salesforce has them in entry formulas and validation rules alone. */
const saveFunctions: ReadonlySet<string> = new Set(["ISCHANGED", "ISNEW", "PRIORVALUE"]);

/** @throws {MetadataError} for an unknown name in the expression, or for a function that has no place in it. */
export function checkExpression(
  flow: Flow,
  schema: OrgSchema,
  expression: Expression,
  place: MetadataPlace,
): void {
  checkReferences(flow, schema, expression, place);
  const call = callsIn(expression).find(({ name }) => saveFunctions.has(name));
  if (call === undefined) return;
  const detail = `${call.name} works in entry formulas and validation rules only. Compare $Record with $Record__Prior.`;
  throw new MetadataError("bad_formula", place, detail);
}

/** Checks the formula that starts a flow: only there it may ask what this save changes. @throws {MetadataError} */
export function checkEntryExpression(
  flow: Flow,
  schema: OrgSchema,
  expression: Expression,
  place: MetadataPlace,
): void {
  checkReferences(flow, schema, expression, place);
  for (const path of referencesOf(expression)) refuseUnsetVariable(flow, path, place);
  for (const { name, args } of callsIn(expression)) {
    const [subject] = args;
    if (subject?.kind !== "reference" || name === "ISNEW" || !saveFunctions.has(name)) continue;
    if (/^\$Record\.\w+$/.test(subject.path)) continue;
    const detail = `${name} takes a field of $Record, and got ${subject.path}.`;
    throw new MetadataError("bad_formula", place, detail);
  }
}

/** The condition that starts a flow is asked before any variable has a value. @throws {MetadataError} */
export function refuseUnsetVariable(flow: Flow, path: string, place: MetadataPlace): void {
  const [name = ""] = path.split(".");
  const holdsNothing = flow.resources.get(name)?.kind === "variable" || flow.nodes.has(name);
  if (!holdsNothing) return;
  const detail = `"${path}" has no value before the flow runs. Ask in a decision.`;
  throw new MetadataError("unknown_reference", place, detail);
}

function checkReferences(flow: Flow, schema: OrgSchema, expression: Expression, place: MetadataPlace): void {
  for (const path of referencesOf(expression)) {
    const { shape } = checkReference(flow, schema, path, place);
    if (shape.kind === "scalar") continue;
    const detail = `A formula calculates with single values, and "${path}" is ${showShape(shape)}.`;
    throw new MetadataError("bad_formula", place, `${detail} Name a field of it.`);
  }
}

/** @throws {MetadataError} for an unknown name in a merge field. */
export function checkTemplate(flow: Flow, schema: OrgSchema, template: Template): void {
  for (const part of template.parts) {
    if (typeof part !== "string") checkExpression(flow, schema, part, template.place);
  }
}

/** Checks what resources refer to, and that none leads back to itself. @throws {MetadataError} */
export function checkResources(flow: Flow, schema: OrgSchema): void {
  for (const resource of flow.resources.values()) checkResource(flow, schema, resource);
  for (const resource of flow.resources.values()) refuseCircle(flow, resource, [resource.name]);
}

function checkResource(flow: Flow, schema: OrgSchema, resource: FlowResource): void {
  switch (resource.kind) {
    case "formula":
      checkExpression(flow, schema, resource.formula.expression, resource.formula.place);
      checkFormulaType(flow, schema, resource);
      break;
    case "template":
      checkTemplate(flow, schema, resource.text);
      break;
    case "constant":
      checkInitial(flow, schema, { kind: "scalar", type: resource.type }, resource.value, resource.name);
      break;
    case "variable": {
      const { shape, initial, name, place } = resource;
      const single = shape.kind === "collection" ? shape.of : shape;
      if (single.kind === "record") resolveObject(schema, single.objectName, place);
      if (initial !== null) checkInitial(flow, schema, shape, initial, name);
      break;
    }
  }
}

function checkFormulaType(
  flow: Flow,
  schema: OrgSchema,
  { name, type, formula }: Extract<FlowResource, { kind: "formula" }>,
): void {
  const actual = typeOfExpression(formula.expression, (path) => {
    const { shape } = checkReference(flow, schema, path, formula.place);
    return shape.kind === "scalar" ? shape.type : null;
  });
  if (actual === null || actual === type) return;
  const detail = `The formula ${name} gives ${actual}, and its <dataType> says ${type}. Convert it, or correct the type.`;
  throw new MetadataError("bad_value", formula.place, detail);
}

function checkInitial(flow: Flow, schema: OrgSchema, shape: DataShape, value: FlowValue, name: string): void {
  requireShape(shape, checkFlowValue(flow, schema, value), value.place, name);
}

function refuseCircle(flow: Flow, resource: FlowResource, trail: readonly string[]): void {
  for (const name of resourcesIn(resource)) {
    const next = flow.resources.get(name);
    if (next === undefined) continue;
    if (trail.includes(name)) {
      const circle = [...trail, name].join(" → ");
      throw new MetadataError("bad_value", resource.place, `The resource needs its own value: ${circle}.`);
    }
    refuseCircle(flow, next, [...trail, name]);
  }
}

function resourcesIn(resource: FlowResource): readonly string[] {
  switch (resource.kind) {
    case "formula":
      return [...referencesOf(resource.formula.expression)];
    case "template":
      return resource.text.parts.flatMap((part) => (typeof part === "string" ? [] : [...referencesOf(part)]));
    case "constant":
      return resource.value.kind === "reference" ? [resource.value.path] : [];
    case "variable":
      return resource.initial?.kind === "reference" ? [resource.initial.path] : [];
  }
}
