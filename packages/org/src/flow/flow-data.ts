import { FormulaError } from "../formula/formula-error.ts";
import type { Value, ValueType } from "../formula/value.ts";
import type { OrgRecord } from "../org-core.ts";

/** A record as a flow holds it: what was looked up, or what assignments made of it. */
export type RecordData = { readonly kind: "record"; readonly objectName: string; readonly fields: OrgRecord };

/** Several values or records of one kind. Flows here count them and ask whether there are any. */
export type CollectionData = { readonly kind: "collection"; readonly items: readonly (Value | RecordData)[] };

/** All that a flow can hold. Null stands for nothing of any kind. */
export type FlowData = Value | RecordData | CollectionData;

export type SingleShape =
  | { readonly kind: "scalar"; readonly type: ValueType }
  | { readonly kind: "record"; readonly objectName: string };

/** What kind of data a name stands for, known when the flow is loaded. */
export type DataShape = SingleShape | { readonly kind: "collection"; readonly of: SingleShape };

export function isRecord(data: FlowData): data is RecordData {
  return typeof data === "object" && data !== null && data.kind === "record";
}

export function isCollection(data: FlowData): data is CollectionData {
  return typeof data === "object" && data !== null && data.kind === "collection";
}

/** @throws {FormulaError} where a record or a collection stands and one value is needed. */
export function singleValue(data: FlowData, name: string): Value {
  if (!isRecord(data) && !isCollection(data)) return data;
  throw new FormulaError(`one value is needed where ${name} stands, which is a ${data.kind}`);
}

/** The shape in words, for messages. */
export function showShape(shape: DataShape): string {
  switch (shape.kind) {
    case "scalar":
      return shape.type;
    case "record":
      return `a record of ${shape.objectName}`;
    case "collection":
      return `a collection of ${shape.of.kind === "scalar" ? shape.of.type : `${shape.of.objectName} records`}`;
  }
}

export function areSameShape(left: DataShape, right: DataShape): boolean {
  return showShape(left) === showShape(right);
}
