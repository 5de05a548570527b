import { MetadataError } from "../metadata/metadata-error.ts";
import type { OrgSchema } from "../org-core.ts";
import { checkFlowValue, checkReference, requireShape } from "./check-reference.ts";
import type { Referenced } from "./check-reference.ts";
import type { AssignmentItem, Flow } from "./flow.ts";
import { areSameShape, showShape } from "./flow-data.ts";
import type { DataShape } from "./flow-data.ts";

/** Checks that the target may be assigned and that operator and value fit it. @throws {MetadataError} */
export function checkAssignment(flow: Flow, schema: OrgSchema, item: AssignmentItem): void {
  const { target, operator, value, place } = item;
  const { shape } = checkTarget(flow, schema, item);
  const actual = checkFlowValue(flow, schema, value);
  switch (operator) {
    case "Assign":
      requireShape(shape, actual, value.place, target);
      break;
    case "AssignCount":
      if (shape.kind !== "scalar" || shape.type !== "number") throw unfit(item, shape);
      if (actual?.kind !== "collection") {
        const detail = `AssignCount counts a collection, and gets ${actual === null ? "nothing" : showShape(actual)}.`;
        throw new MetadataError("bad_value", value.place, detail);
      }
      break;
    case "AddItem":
      if (shape.kind !== "collection") throw unfit(item, shape);
      checkItem(item, shape, actual);
      break;
    case "Add":
      if (shape.kind === "collection") checkItem(item, shape, actual);
      else checkSum(item, shape, actual, ["number", "text"]);
      break;
    case "Subtract":
      checkSum(item, shape, actual, ["number"]);
      break;
  }
  if (value.kind === "reference" && value.path === target && operator === "AddItem") {
    throw new MetadataError("bad_value", place, `"${target}" cannot be added to itself.`);
  }
}

/** Checks that the flow may write to the target of an assignment or of a lookup. @throws {MetadataError} */
export function checkTarget(
  flow: Flow,
  schema: OrgSchema,
  { target, place }: Pick<AssignmentItem, "target" | "place">,
): Referenced {
  const referenced = checkReference(flow, schema, target, place);
  const [root = "", ...rest] = target.split(".");
  const isVariable = flow.resources.get(root)?.kind === "variable";
  const isRecordField = root === "$Record" && rest.length === 1;
  if (!isVariable && !isRecordField) {
    const detail = `"${target}" cannot be assigned; use $Record.<field> or a variable.`;
    throw new MetadataError("bad_value", place, detail);
  }
  if (isRecordField && flow.start.timing !== "RecordBeforeSave") {
    const detail = `"${target}" is saved already when this flow runs. Assign it in a RecordBeforeSave flow, or use <recordUpdates>.`;
    throw new MetadataError("bad_value", place, detail);
  }
  const { field } = referenced;
  const isWritable =
    field === null || field.updateable || (!isRecordField && (field.createable || field.name === "Id"));
  if (isWritable) return referenced;
  throw new MetadataError("bad_value", place, `"${target}" is set by the org alone; remove the assignment.`);
}

function checkItem(
  item: AssignmentItem,
  shape: Extract<DataShape, { kind: "collection" }>,
  actual: DataShape | null,
): void {
  if (actual !== null && areSameShape(actual, shape)) return;
  requireShape(shape.of, actual, item.value.place, item.target);
}

function checkSum(
  item: AssignmentItem,
  shape: DataShape,
  actual: DataShape | null,
  types: readonly string[],
): void {
  if (shape.kind !== "scalar" || !types.includes(shape.type)) throw unfit(item, shape);
  requireShape(shape, actual, item.value.place, item.target);
}

function unfit({ operator, target, place }: AssignmentItem, shape: DataShape): MetadataError {
  const detail = `${operator} does not work on ${showShape(shape)}; "${target}" is one.`;
  return new MetadataError("bad_value", place, detail);
}
