import { referencesOf } from "../formula/formula-ast.ts";
import type { Expression } from "../formula/formula-ast.ts";
import { typeOfValue, valueTypeOf } from "../formula/value.ts";
import type { ValueType } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import { resolveField } from "../metadata/resolve-field.ts";
import type { FieldDefinition, OrgSchema } from "../org-core.ts";
import type { Flow, FlowResource, FlowValue, Template } from "./flow.ts";

/** What a reference stands for: its type, and the field of the record where it is one. */
export type Referenced = { readonly type: ValueType; readonly field: FieldDefinition | null };

const globals: ReadonlyMap<string, ValueType> = new Map([
  ["$Flow.CurrentDateTime", "datetime"],
  ["$Flow.CurrentDate", "date"],
  ["$Flow.FaultMessage", "text"],
  ["$GlobalConstant.True", "boolean"],
  ["$GlobalConstant.False", "boolean"],
  ["$GlobalConstant.EmptyString", "text"],
]);

/** @throws {MetadataError} unknown_reference where the name leads nowhere. */
export function checkReference(
  flow: Flow,
  schema: OrgSchema,
  path: string,
  place: MetadataPlace,
): Referenced {
  const [root = "", ...rest] = path.split(".");
  const global = globals.get(path);
  if (global !== undefined) return { type: global, field: null };
  switch (root) {
    case "$Record":
    case "$Record__Prior": {
      const field = resolveField(schema, flow.start.objectName, rest.join("."), place);
      return { type: valueTypeOf(field.type), field };
    }
    case "$User":
      return { type: valueTypeOf(resolveField(schema, "User", rest.join("."), place).type), field: null };
    default: {
      const resource = flow.resources.get(path);
      if (resource !== undefined) return { type: typeOfResource(resource), field: null };
      const known = ["$Record.<field>", "$User.<field>", ...globals.keys(), ...flow.resources.keys()].join(
        ", ",
      );
      const detail = `The flow has nothing called "${path}"; it can read ${known}. Correct the name.`;
      throw new MetadataError("unknown_reference", place, detail);
    }
  }
}

/** The type of a value; null for the value null, which fits everywhere. @throws {MetadataError} */
export function checkFlowValue(flow: Flow, schema: OrgSchema, value: FlowValue): ValueType | null {
  if (value.kind === "reference") return checkReference(flow, schema, value.path, value.place).type;
  return value.value === null ? null : typeOfValue(value.value);
}

/** @throws {MetadataError} for an unknown name in the expression. */
export function checkExpression(
  flow: Flow,
  schema: OrgSchema,
  expression: Expression,
  place: MetadataPlace,
): void {
  for (const path of referencesOf(expression)) checkReference(flow, schema, path, place);
}

/** @throws {MetadataError} for an unknown name in a merge field. */
export function checkTemplate(flow: Flow, schema: OrgSchema, template: Template): void {
  for (const part of template.parts) {
    if (typeof part !== "string") checkExpression(flow, schema, part, template.place);
  }
}

/** Checks what resources refer to, and that none leads back to itself. @throws {MetadataError} */
export function checkResources(flow: Flow, schema: OrgSchema): void {
  for (const resource of flow.resources.values()) {
    switch (resource.kind) {
      case "formula":
        checkExpression(flow, schema, resource.formula.expression, resource.formula.place);
        break;
      case "template":
        checkTemplate(flow, schema, resource.text);
        break;
      case "constant":
        checkFlowValue(flow, schema, resource.value);
        break;
      case "variable":
        if (resource.initial !== null) checkFlowValue(flow, schema, resource.initial);
        break;
    }
  }
  for (const resource of flow.resources.values()) refuseCircle(flow, resource, [resource.name]);
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

function typeOfResource(resource: FlowResource): ValueType {
  return resource.kind === "template" ? "text" : resource.type;
}
