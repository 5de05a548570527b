import { valueTypeOf } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { resolveField, resolveObject } from "../metadata/resolve-field.ts";
import type { FieldDefinition, ObjectDefinition, OrgSchema } from "../org-core.ts";
import { checkTarget } from "./check-assignment.ts";
import { checkRecordFilter } from "./check-condition.ts";
import { checkFieldValue, checkReference, requireShape, shapeOfLookup } from "./check-reference.ts";
import type { FieldAssignment, Flow, FlowNode } from "./flow.ts";
import { showShape } from "./flow-data.ts";

type Node<Kind extends FlowNode["kind"]> = Extract<FlowNode, { kind: Kind }>;

/** @throws {MetadataError} */
export function checkCreate(flow: Flow, schema: OrgSchema, node: Node<"create">): void {
  refuseBeforeSave(flow, node, "create records or publish");
  const { input } = node;
  if (input.kind === "reference") {
    const { shape } = checkReference(flow, schema, input.path, input.place);
    const single = shape.kind === "collection" ? shape.of : shape;
    if (single.kind === "record") return;
    const detail = `<inputReference> takes a record variable, and "${input.path}" is ${showShape(shape)}.`;
    throw new MetadataError("bad_value", input.place, detail);
  }
  const object = resolveObject(schema, input.objectName, node.place);
  const assigned = new Set(input.assignments.map((assignment) => assignment.field));
  for (const field of object.fields.values()) {
    if (!field.required || field.defaultValue !== null || assigned.has(field.name)) continue;
    const detail = `${object.name}.${field.name} is required; assign it.`;
    throw new MetadataError("missing_element", node.place, detail);
  }
  checkAssigned(flow, schema, object, input.assignments, (field) => field.createable);
}

/** @throws {MetadataError} */
export function checkLookup(flow: Flow, schema: OrgSchema, node: Node<"lookup">): void {
  const { query, output, place } = node;
  const object = resolveObject(schema, query.objectName, place);
  refuseEvent(object, node, "looked up");
  for (const filter of query.filters) checkRecordFilter(flow, schema, object.name, filter);
  const named = [...(query.fields ?? []), ...(query.sort === null ? [] : [query.sort.field])];
  for (const name of named) {
    if (name.includes(".")) {
      const detail = `"${name}" belongs to another record; a lookup reads own fields. Look that record up too.`;
      throw new MetadataError("unknown_reference", place, detail);
    }
    resolveField(schema, object.name, name, place);
  }
  switch (output.kind) {
    case "automatic":
      break;
    case "variable": {
      const { shape } = checkTarget(flow, schema, { target: output.path, place: output.place });
      requireShape(shape, shapeOfLookup(node), output.place, output.path);
      break;
    }
    case "fields":
      for (const item of output.items) {
        const field = resolveField(schema, object.name, item.field, item.place);
        const { shape } = checkTarget(flow, schema, item);
        requireShape(shape, { kind: "scalar", type: valueTypeOf(field.type) }, item.place, item.target);
      }
      break;
  }
}

/** @throws {MetadataError} */
export function checkUpdate(flow: Flow, schema: OrgSchema, node: Node<"update">): void {
  refuseBeforeSave(flow, node, "update records");
  const { target } = node;
  const objectName = target.kind === "own_record" ? flow.start.objectName : target.objectName;
  const object = resolveObject(schema, objectName, node.place);
  refuseEvent(object, node, "updated");
  if (target.kind === "matching") {
    for (const filter of target.filters) checkRecordFilter(flow, schema, objectName, filter);
  }
  checkAssigned(flow, schema, object, node.assignments, (field) => field.updateable);
}

function checkAssigned(
  flow: Flow,
  schema: OrgSchema,
  object: ObjectDefinition,
  assignments: readonly FieldAssignment[],
  isWritable: (field: FieldDefinition) => boolean,
): void {
  const seen = new Set<string>();
  for (const { field: name, value, place } of assignments) {
    const field = resolveField(schema, object.name, name, place);
    const subject = `${object.name}.${name}`;
    if (seen.has(name))
      throw new MetadataError("duplicate", place, `${subject} is assigned twice. Remove one.`);
    seen.add(name);
    if (name.includes(".") || (object.kind === "object" && !isWritable(field))) {
      throw new MetadataError(
        "bad_value",
        place,
        `${subject} cannot be written here; remove the assignment.`,
      );
    }
    checkFieldValue(flow, schema, field, value, subject);
  }
}

function refuseBeforeSave(flow: Flow, node: FlowNode, what: string): void {
  if (flow.start.timing !== "RecordBeforeSave") return;
  const detail = `A RecordBeforeSave flow cannot ${what}. Use a RecordAfterSave flow.`;
  throw new MetadataError("bad_value", node.place, detail);
}

function refuseEvent(object: ObjectDefinition, node: FlowNode, what: string): void {
  if (object.kind === "object") return;
  const detail = `${object.name} is a platform event, and events cannot be ${what}. Name an object.`;
  throw new MetadataError("bad_value", node.place, detail);
}
