import type { ConditionOperator, FlowValue } from "../flow/flow.ts";
import type { MetadataPlace } from "../metadata/metadata-error.ts";
import type { OrgRecord } from "../org-core.ts";

/** A test of a record-triggered flow, as its file says it: the same file runs in Salesforce. */
export type FlowTest = {
  readonly name: string;
  readonly label: string;
  readonly flowName: string;
  readonly place: MetadataPlace;
  /** The record as it is created, or as it is before the update. */
  readonly initial: SampleRecord | null;
  /** The record after the update; null when the test is about a creation. */
  readonly updated: SampleRecord | null;
  readonly assertions: readonly FlowTestAssertion[];
};

export type SampleRecord = { readonly values: OrgRecord; readonly place: MetadataPlace };

/** All conditions have to be met. */
export type FlowTestAssertion = {
  readonly conditions: readonly FlowTestCondition[];
  readonly errorMessage: string | null;
};

export type FlowTestCondition = {
  /** As in a decision, or the name of an element or of a decision's rule. */
  readonly left: string;
  readonly operator: ConditionOperator | "WasVisited" | "HasError";
  readonly right: FlowValue;
  readonly place: MetadataPlace;
};
