import { FormulaError } from "../formula/formula-error.ts";
import { compareValues, fromField } from "../formula/value.ts";
import type { Value } from "../formula/value.ts";
import type { FieldDefinition, FieldValue, ObjectDefinition, OrgRecord, OrgSchema } from "../org-core.ts";
import { meetsLogic } from "./condition-logic.ts";
import type { ConditionLogic, CreateInput, FieldAssignment, FieldFilter, LookupQuery } from "./flow.ts";
import type { FlowActions } from "./flow-actions.ts";
import { isCollection, isRecord } from "./flow-data.ts";
import type { FlowData, RecordData } from "./flow-data.ts";
import { readFlowValueIn } from "./flow-scope.ts";
import type { FlowScope } from "./flow-scope.ts";
import { meetsCondition } from "./meets-condition.ts";
import { storedValue } from "./run-assignment.ts";

export type RecordFilters = {
  readonly objectName: string;
  readonly logic: ConditionLogic;
  readonly filters: readonly FieldFilter[];
};

/** The values that fields are given. @throws {FormulaError} */
export function assignedFields(
  schema: OrgSchema,
  scope: FlowScope,
  objectName: string,
  assignments: readonly FieldAssignment[],
): OrgRecord {
  const object = objectOf(schema, objectName);
  const values: Record<string, FieldValue> = {};
  for (const { field: name, value } of assignments) {
    const field = object.fields.get(name);
    if (field === undefined) throw new FormulaError(`${objectName} has no field ${name}`);
    values[name] = storedValue(field, readFlowValueIn(scope, value));
  }
  return values;
}

/** The records that a create makes, or the events that it publishes. @throws {FormulaError} */
export function createdRecords(
  schema: OrgSchema,
  scope: FlowScope,
  input: CreateInput,
): readonly RecordData[] {
  if (input.kind === "fields") {
    const fields = assignedFields(schema, scope, input.objectName, input.assignments);
    return [{ kind: "record", objectName: input.objectName, fields }];
  }
  const data = scope.readData(input.path);
  if (data === null) throw new FormulaError(`${input.path} holds no record`);
  return (isCollection(data) ? data.items : [data]).map((item) => {
    if (isRecord(item)) return item;
    throw new FormulaError(`${input.path} holds no record`);
  });
}

/** What a lookup finds, sorted; null for nothing. */
export function lookUp(
  schema: OrgSchema,
  scope: FlowScope,
  actions: FlowActions,
  query: LookupQuery,
): FlowData {
  const { objectName, sort, onlyFirst, fields } = query;
  const found = matchingRecords(schema, scope, actions, query);
  if (sort !== null) sortRecords(found, objectOf(schema, objectName), sort.field, sort.isDescending);
  const records = (onlyFirst ? found.slice(0, 1) : found).map((record): RecordData => {
    const read = fields === null ? record : pick(record, ["Id", ...fields]);
    return { kind: "record", objectName, fields: read };
  });
  const [first] = records;
  if (first === undefined) return null;
  return onlyFirst ? first : { kind: "collection", items: records };
}

/** The records of an object that meet the filters, in creation order. */
export function matchingRecords(
  schema: OrgSchema,
  scope: FlowScope,
  actions: FlowActions,
  { objectName, logic, filters }: RecordFilters,
): OrgRecord[] {
  const object = objectOf(schema, objectName);
  const rights = filters.map(({ field, value }) =>
    searched(object.fields.get(field), readFlowValueIn(scope, value)),
  );
  const equal = neededValues(object, logic, filters, rights);
  return [...actions.find(objectName, equal)].filter((record) =>
    meetsLogic(logic, (number) => {
      const filter = filters[number - 1];
      const field = object.fields.get(filter?.field ?? "");
      if (filter === undefined || field === undefined) return false;
      const left = searched(field, fromField(field, record[field.name] ?? null));
      return meetsCondition(filter.operator, left, rights[number - 1] ?? null, () => undefined);
    }),
  );
}

/** Ids that every match has to hold, so that the org need not go through all its records. */
function neededValues(
  object: ObjectDefinition,
  logic: ConditionLogic,
  filters: readonly FieldFilter[],
  rights: readonly FlowData[],
): ReadonlyMap<string, FieldValue> {
  const equal = new Map<string, FieldValue>();
  if (logic.kind !== "all") return equal;
  for (const part of logic.of) {
    const filter = part.kind === "condition" ? filters[part.number - 1] : undefined;
    const right = part.kind === "condition" ? rights[part.number - 1] : undefined;
    const type = object.fields.get(filter?.field ?? "")?.type;
    if (filter?.operator !== "EqualTo" || typeof right !== "string") continue;
    if (type === "id" || type === "reference") equal.set(filter.field, right);
  }
  return equal;
}

/** Records are searched as SOQL does it: text without case, ids exactly, and an empty text is nothing. */
function searched(field: FieldDefinition | undefined, data: FlowData): FlowData {
  if (isCollection(data)) {
    return {
      kind: "collection",
      items: data.items.map((item) => (isRecord(item) ? item : fold(field, item))),
    };
  }
  return isRecord(data) ? data : fold(field, data);
}

function fold(field: FieldDefinition | undefined, value: Value): Value {
  if (typeof value !== "string" || field?.type === "id" || field?.type === "reference") return value;
  return value === "" ? null : value.toLowerCase();
}

/** Nothing comes first, as in SOQL. Records that are equal stay in creation order. */
function sortRecords(
  records: OrgRecord[],
  object: ObjectDefinition,
  name: string,
  isDescending: boolean,
): void {
  const field = object.fields.get(name);
  if (field === undefined) return;
  const keyOf = (record: OrgRecord): Value => {
    const value = fromField(field, record[name] ?? null);
    return typeof value === "string" ? value.toLowerCase() : value;
  };
  records.sort((left, right) => {
    const first = keyOf(left);
    const second = keyOf(right);
    if (first === null || second === null) return Number(second === null) - Number(first === null);
    return (compareValues(first, second) ?? 0) * (isDescending ? -1 : 1);
  });
}

function pick(record: OrgRecord, names: readonly string[]): OrgRecord {
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]));
}

function objectOf(schema: OrgSchema, name: string): ObjectDefinition {
  const object = schema.objects.get(name);
  if (object === undefined) throw new FormulaError(`the org has no object ${name}`);
  return object;
}
