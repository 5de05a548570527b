import type { Formula } from "../formula/formula.ts";
import type { Expression } from "../formula/formula-ast.ts";
import type { Value, ValueType } from "../formula/value.ts";
import type { DataShape } from "./flow-data.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";

/** A record-triggered flow, as its file says it. */
export type Flow = {
  readonly name: string;
  readonly place: MetadataPlace;
  readonly isActive: boolean;
  /** 1 to 2000; flows of one stage run in this order, those without a number after 1000. */
  readonly triggerOrder: number | null;
  readonly start: FlowStart;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  readonly resources: ReadonlyMap<string, FlowResource>;
};

export type FlowTiming = "RecordBeforeSave" | "RecordAfterSave";
export type FlowOperation = "Create" | "Update" | "CreateAndUpdate";

export type FlowStart = {
  readonly place: MetadataPlace;
  readonly objectName: string;
  readonly timing: FlowTiming;
  readonly operation: FlowOperation;
  readonly entry: EntryCondition;
  /** Run on an update only when the record meets the whole condition now and did not before. */
  readonly onlyWhenChangedToMeet: boolean;
  readonly next: Link | null;
};

export type EntryCondition =
  | { readonly kind: "always" }
  | { readonly kind: "filters"; readonly logic: ConditionLogic; readonly filters: readonly FieldFilter[] }
  | { readonly kind: "formula"; readonly formula: Formula };

/** How conditions combine; leaves are the numbers of the conditions, from 1. */
export type ConditionLogic =
  | { readonly kind: "condition"; readonly number: number }
  | { readonly kind: "all" | "any"; readonly of: readonly ConditionLogic[] };

export type ConditionOperator =
  | "EqualTo"
  | "NotEqualTo"
  | "GreaterThan"
  | "LessThan"
  | "GreaterThanOrEqualTo"
  | "LessThanOrEqualTo"
  | "StartsWith"
  | "EndsWith"
  | "Contains"
  | "IsNull"
  | "IsChanged"
  | "In"
  | "NotIn"
  | "IsBlank"
  | "IsEmpty";

export type FieldFilter = {
  readonly field: string;
  readonly operator: ConditionOperator;
  readonly value: FlowValue;
  readonly place: MetadataPlace;
};

export type Condition = {
  readonly left: string;
  readonly operator: ConditionOperator;
  readonly right: FlowValue;
  readonly place: MetadataPlace;
};

/** A connector: the name of the node that runs next. */
export type Link = { readonly target: string; readonly place: MetadataPlace };

export type FlowValue =
  | { readonly kind: "literal"; readonly value: Value; readonly place: MetadataPlace }
  /** `$Record.Status`, `$Flow.CurrentDateTime` or the name of a resource. */
  | { readonly kind: "reference"; readonly path: string; readonly place: MetadataPlace };

export type FieldAssignment = {
  readonly field: string;
  readonly value: FlowValue;
  readonly place: MetadataPlace;
};

/** What a node does. A fault link is where the flow goes on when the node fails. */
export type FlowNode = { readonly name: string; readonly place: MetadataPlace } & (
  | { readonly kind: "assignment"; readonly items: readonly AssignmentItem[]; readonly next: Link | null }
  | { readonly kind: "decision"; readonly rules: readonly DecisionRule[]; readonly otherwise: Link | null }
  | ({ readonly kind: "create"; readonly input: CreateInput } & Links)
  | ({ readonly kind: "lookup"; readonly query: LookupQuery; readonly output: LookupOutput } & Links)
  | ({
      readonly kind: "update";
      readonly target: UpdateTarget;
      readonly assignments: readonly FieldAssignment[];
    } & Links)
  /** Refuses the save with the first message; what follows it never runs. */
  | { readonly kind: "custom_error"; readonly messages: readonly ErrorMessage[]; readonly next: Link | null }
);

type Links = { readonly next: Link | null; readonly fault: Link | null };

export type CreateInput =
  | {
      readonly kind: "fields";
      readonly objectName: string;
      readonly assignments: readonly FieldAssignment[];
    }
  /** A record variable, or a collection of records. */
  | { readonly kind: "reference"; readonly path: string; readonly place: MetadataPlace };

export type LookupQuery = {
  readonly objectName: string;
  readonly logic: ConditionLogic;
  readonly filters: readonly FieldFilter[];
  readonly sort: { readonly field: string; readonly isDescending: boolean } | null;
  readonly onlyFirst: boolean;
  /** Null: all of them. */
  readonly fields: readonly string[] | null;
};

export type LookupOutput =
  /** Later nodes read `<node>` or `<node>.<field>`. */
  | { readonly kind: "automatic" }
  | {
      readonly kind: "variable";
      readonly path: string;
      readonly place: MetadataPlace;
      /** When nothing is found the variable becomes null; otherwise it keeps what it holds. */
      readonly clears: boolean;
    }
  | { readonly kind: "fields"; readonly items: readonly OutputField[]; readonly clears: boolean };

export type OutputField = { readonly field: string; readonly target: string; readonly place: MetadataPlace };

export type UpdateTarget =
  | { readonly kind: "own_record" }
  | {
      readonly kind: "matching";
      readonly objectName: string;
      readonly logic: ConditionLogic;
      readonly filters: readonly FieldFilter[];
    };

export type AssignmentItem = {
  readonly target: string;
  readonly operator: "Assign" | "Add" | "Subtract" | "AddItem" | "AssignCount";
  readonly value: FlowValue;
  readonly place: MetadataPlace;
};

export type DecisionRule = {
  readonly name: string;
  readonly logic: ConditionLogic;
  readonly conditions: readonly Condition[];
  /** Met only when the record meets it now and did not before this save. */
  readonly onlyWhenChangedToMeet: boolean;
  readonly next: Link | null;
};

export type ErrorMessage = { readonly text: Template; readonly field: string | null };

/** Text with merge fields: plain parts and expressions, in order. */
export type Template = {
  readonly parts: readonly (string | Expression)[];
  readonly place: MetadataPlace;
};

export type FlowResource = { readonly name: string; readonly place: MetadataPlace } & (
  | {
      readonly kind: "formula";
      readonly type: ValueType;
      readonly formula: Formula;
      /** Digits after the point for numbers; null keeps all. */
      readonly scale: number | null;
    }
  | { readonly kind: "variable"; readonly shape: DataShape; readonly initial: FlowValue | null }
  | { readonly kind: "constant"; readonly type: ValueType; readonly value: FlowValue }
  | { readonly kind: "template"; readonly text: Template }
);
