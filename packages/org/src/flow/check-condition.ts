import { valueTypeOf } from "../formula/value.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import { resolveField } from "../metadata/resolve-field.ts";
import type { OrgSchema } from "../org-core.ts";
import { checkFlowValue, checkReference, requireShape } from "./check-reference.ts";
import type { Referenced } from "./check-reference.ts";
import type { Condition, ConditionOperator, FieldFilter, Flow, FlowValue } from "./flow.ts";
import { showShape } from "./flow-data.ts";

/** Checks one condition of a decision. @throws {MetadataError} */
export function checkCondition(flow: Flow, schema: OrgSchema, condition: Condition): void {
  const { left, operator, right, place } = condition;
  if (operator === "IsChanged") requireOwnField(left, place);
  const referenced = checkReference(flow, schema, left, place);
  checkOperands(flow, schema, { subject: left, left: referenced, operator, right, place });
  if (right.kind === "literal" && right.value === null && asksYesOrNo(operator)) {
    throw new MetadataError("bad_value", right.place, `${operator} takes true or false, and gets nothing.`);
  }
}

/** Checks one filter of a lookup or an update over other records. @throws {MetadataError} */
export function checkRecordFilter(
  flow: Flow,
  schema: OrgSchema,
  objectName: string,
  { field: name, operator, value, place }: FieldFilter,
): void {
  if (operator === "IsChanged") {
    const detail =
      "IsChanged asks about the record that is saved; it does not filter others. Remove the filter.";
    throw new MetadataError("bad_value", place, detail);
  }
  if (name.includes(".")) {
    const detail = `"${name}" belongs to another record; filters compare own fields. Filter by the lookup's id.`;
    throw new MetadataError("unknown_reference", place, detail);
  }
  const field = resolveField(schema, objectName, name, place);
  const left: Referenced = { shape: { kind: "scalar", type: valueTypeOf(field.type) }, field };
  checkOperands(flow, schema, { subject: `${objectName}.${name}`, left, operator, right: value, place });
}

function requireOwnField(path: string, place: MetadataPlace): void {
  if (/^\$Record\.\w+$/.test(path)) return;
  const detail = `IsChanged takes a field of $Record, and got ${path}.`;
  throw new MetadataError("bad_value", place, detail);
}

type Operands = {
  readonly subject: string;
  readonly left: Referenced;
  readonly operator: ConditionOperator;
  readonly right: FlowValue;
  readonly place: MetadataPlace;
};

function checkOperands(flow: Flow, schema: OrgSchema, operands: Operands): void {
  const { subject, left, operator, right, place } = operands;
  const { shape } = left;
  const rightShape = checkFlowValue(flow, schema, right);
  const phrase = `${subject} ${operator}`;
  if (asksYesOrNo(operator)) {
    requireShape({ kind: "scalar", type: "boolean" }, rightShape, right.place, phrase);
    if (operator === "IsNull" || shape.kind === "scalar") return;
    if (operator === "IsEmpty" && shape.kind === "collection") return;
    throw unfit(operator, shape, place);
  }
  if (shape.kind !== "scalar") throw unfit(operator, shape, place);
  if (operator === "In" || operator === "NotIn") {
    const expected = { kind: "collection", of: shape } as const;
    if (rightShape === null) {
      throw new MetadataError("bad_value", right.place, `${phrase} takes ${showShape(expected)}.`);
    }
    requireShape(expected, rightShape, right.place, phrase);
    return;
  }
  const isTextual = operator === "StartsWith" || operator === "EndsWith" || operator === "Contains";
  if (isTextual && shape.type !== "text") throw unfit(operator, shape, place);
  requireShape(shape, rightShape, right.place, phrase);
  if (!isTextual) checkPicklistValue(left, right);
}

function asksYesOrNo(operator: ConditionOperator): boolean {
  return ["IsNull", "IsBlank", "IsEmpty", "IsChanged"].includes(operator);
}

function unfit(operator: ConditionOperator, shape: Referenced["shape"], place: MetadataPlace): MetadataError {
  return new MetadataError("bad_value", place, `${operator} does not work on ${showShape(shape)}.`);
}

function checkPicklistValue({ field }: Referenced, right: FlowValue): void {
  if (right.kind !== "literal" || field === null || field.picklistValues.length === 0) return;
  if (typeof right.value !== "string" || field.picklistValues.includes(right.value)) return;
  const values = field.picklistValues.join(", ");
  throw new MetadataError(
    "unknown_reference",
    right.place,
    `"${right.value}" is no value of ${field.name}; it has ${values}. Correct it, or add it to the value set.`,
  );
}
