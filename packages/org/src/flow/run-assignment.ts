import { FormulaError } from "../formula/formula-error.ts";
import { showValue, toField } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import type { FieldDefinition, FieldValue, OrgSchema } from "../org-core.ts";
import type { AssignmentItem } from "./flow.ts";
import { isCollection, isRecord, singleValue } from "./flow-data.ts";
import type { CollectionData, FlowData, RecordData } from "./flow-data.ts";
import { readFlowValueIn } from "./flow-scope.ts";
import type { FlowScope } from "./flow-scope.ts";

/** What the target of an assignment holds afterwards. @throws {FormulaError} */
export function assignedData(scope: FlowScope, { target, operator, value }: AssignmentItem): FlowData {
  const operand = readFlowValueIn(scope, value);
  switch (operator) {
    case "Assign":
      return operand;
    case "AssignCount":
      return isCollection(operand) ? operand.items.length : 0;
    case "AddItem":
      return withItem(scope.readData(target), operand);
    case "Add": {
      const current = scope.readData(target);
      // An empty collection variable is null, so what is added to it has to tell.
      if (isCollection(current) || isCollection(operand) || isRecord(operand))
        return withItem(current, operand);
      return addUp(singleValue(current, target), singleValue(operand, target), 1, target);
    }
    case "Subtract":
      return addUp(scope.read(target), singleValue(operand, target), -1, target);
  }
}

/** A record with one field changed. @throws {FormulaError} when the value does not fit the field. */
export function withField(schema: OrgSchema, record: RecordData, name: string, data: FlowData): RecordData {
  const object = schema.objects.get(record.objectName);
  const field = object?.fields.get(name);
  if (field === undefined) throw new FormulaError(`${record.objectName} has no field ${name}`);
  const stored = storedValue(field, data);
  // Records store no empty text; events do.
  const kept = object?.kind === "object" && stored === "" ? null : stored;
  return { ...record, fields: { ...record.fields, [name]: kept } };
}

/** The value in the form that a field takes. @throws {FormulaError} */
export function storedValue(field: FieldDefinition, data: FlowData): FieldValue {
  return toField(field, singleValue(data, field.name));
}

function withItem(current: FlowData, operand: FlowData): CollectionData {
  const items = isCollection(current) ? current.items : [];
  return { kind: "collection", items: [...items, ...(isCollection(operand) ? operand.items : [operand])] };
}

/** Nothing counts as zero when something is added to it. Text is joined. */
function addUp(current: Value, operand: Value, sign: 1 | -1, target: string): Value {
  if (sign === 1 && [typeof current, typeof operand].includes("string")) {
    return showValue(current) + showValue(operand);
  }
  const left = current ?? 0;
  const right = operand ?? 0;
  if (typeof left === "number" && typeof right === "number") return left + sign * right;
  throw new FormulaError(`only numbers can be added up at ${target}`);
}
