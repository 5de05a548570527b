import type { FieldValue, OrgRecord } from "../org-core.ts";

/** Which element of which flow does something: publishes of a batch are grouped by it. */
export type FlowSource = { readonly flow: string; readonly element: string };

/** What flows do to the org, always inside the transaction of the save that started them. */
export type FlowActions = {
  /** @throws {OrgError} when the event is refused. */
  publish(eventName: string, values: OrgRecord, source: FlowSource): void;
  /** Saves a new record with all its automation. @throws {OrgError} and nothing of it is saved. */
  create(objectName: string, values: OrgRecord): void;
  /**
   * Records of the object in creation order. All that hold `equal` have to be among them; others may be, and are
   * sorted out by the flow.
   */
  find(objectName: string, equal: ReadonlyMap<string, FieldValue>): Iterable<OrgRecord>;
  /** Saves the records with all their automation. @throws {OrgError} and none of them is saved. */
  update(objectName: string, ids: readonly string[], values: OrgRecord): void;
};
