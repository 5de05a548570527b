import { unsupportedGlobal } from "../formula/global-variables.ts";
import { typeOfValue, valueTypeOf } from "../formula/value.ts";
import type { ValueType } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import { resolveField } from "../metadata/resolve-field.ts";
import type { FieldDefinition, OrgSchema } from "../org-core.ts";
import type { Flow, FlowNode, FlowValue } from "./flow.ts";
import { showShape } from "./flow-data.ts";
import type { DataShape } from "./flow-data.ts";

/** What a reference stands for, and the field of the record where it is one. */
export type Referenced = { readonly shape: DataShape; readonly field: FieldDefinition | null };

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
  if (global !== undefined) return { shape: { kind: "scalar", type: global }, field: null };
  const refusal = unsupportedGlobal(path);
  if (refusal !== undefined) throw new MetadataError("unknown_reference", place, refusal);
  switch (root) {
    case "$Record":
    case "$Record__Prior": {
      const { objectName } = flow.start;
      if (rest.length === 0) return { shape: { kind: "record", objectName }, field: null };
      return fieldReference(resolveField(schema, objectName, rest.join("."), place));
    }
    case "$User":
      return { ...fieldReference(resolveField(schema, "User", rest.join("."), place)), field: null };
    default:
      return checkNamed(flow, schema, path, place);
  }
}

function checkNamed(flow: Flow, schema: OrgSchema, path: string, place: MetadataPlace): Referenced {
  const [name = "", ...rest] = path.split(".");
  const shape = shapeOfResource(flow, name) ?? shapeOfNode(flow.nodes.get(name));
  if (shape === undefined) {
    const readable = [...flow.nodes.values()].filter((node) => shapeOfNode(node) !== undefined);
    const own = [...flow.resources.keys(), ...readable.map((node) => node.name)];
    const known = ["$Record.<field>", "$User.<field>", ...globals.keys(), ...own].join(", ");
    const detail = `The flow has nothing called "${path}"; it can read ${known}. Correct the name.`;
    throw new MetadataError("unknown_reference", place, detail);
  }
  const [field, ...further] = rest;
  if (field === undefined) return { shape, field: null };
  if (shape.kind !== "record") {
    const detail = `"${name}" is ${showShape(shape)}, and has no field ${field}. Name a record.`;
    throw new MetadataError("unknown_reference", place, detail);
  }
  if (further.length > 0) {
    const detail = `"${path}" walks to another record, which works from $Record only. Look that record up.`;
    throw new MetadataError("unknown_reference", place, detail);
  }
  refuseUnread(flow.nodes.get(name), field, place);
  return fieldReference(resolveField(schema, shape.objectName, field, place));
}

/** A lookup that names its fields reads no others; the id comes with all. */
function refuseUnread(node: FlowNode | undefined, field: string, place: MetadataPlace): void {
  if (node?.kind !== "lookup") return;
  const { fields } = node.query;
  if (fields === null || field === "Id" || fields.includes(field)) return;
  const detail = `${node.name} does not read ${field}. Add it to <queriedFields>.`;
  throw new MetadataError("unknown_reference", place, detail);
}

function fieldReference(field: FieldDefinition): Referenced {
  return { shape: { kind: "scalar", type: valueTypeOf(field.type) }, field };
}

function shapeOfResource(flow: Flow, name: string): DataShape | undefined {
  const resource = flow.resources.get(name);
  switch (resource?.kind) {
    case undefined:
      return undefined;
    case "variable":
      return resource.shape;
    case "template":
      return { kind: "scalar", type: "text" };
    case "constant":
    case "formula":
      return { kind: "scalar", type: resource.type };
  }
}

function shapeOfNode(node: FlowNode | undefined): DataShape | undefined {
  if (node?.kind !== "lookup" || node.output.kind !== "automatic") return undefined;
  return shapeOfLookup(node);
}

/** What a lookup finds: one record, or a collection of them. */
export function shapeOfLookup({ query }: Extract<FlowNode, { kind: "lookup" }>): DataShape {
  const record = { kind: "record", objectName: query.objectName } as const;
  return query.onlyFirst ? record : { kind: "collection", of: record };
}

/** The shape of a value; null for the value null, which fits everywhere. @throws {MetadataError} */
export function checkFlowValue(flow: Flow, schema: OrgSchema, value: FlowValue): DataShape | null {
  if (value.kind === "reference") return checkReference(flow, schema, value.path, value.place).shape;
  return value.value === null ? null : { kind: "scalar", type: typeOfValue(value.value) };
}

/** @throws {MetadataError} bad_value where a value of one kind stands and another one is needed. */
export function requireShape(
  expected: DataShape,
  actual: DataShape | null,
  place: MetadataPlace,
  subject: string,
): void {
  if (actual === null || showShape(actual) === showShape(expected)) return;
  throw new MetadataError(
    "bad_value",
    place,
    `${subject} takes ${showShape(expected)}, and gets ${showShape(actual)}. Convert it.`,
  );
}

/** Checks that a value fits a field. @throws {MetadataError} */
export function checkFieldValue(
  flow: Flow,
  schema: OrgSchema,
  field: FieldDefinition,
  value: FlowValue,
  subject: string,
): void {
  const expected = { kind: "scalar", type: valueTypeOf(field.type) } as const;
  requireShape(expected, checkFlowValue(flow, schema, value), value.place, subject);
}
