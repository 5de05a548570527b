import { readFormula } from "../formula/formula.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { readElement } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import { refuseUnsupported } from "../metadata/refuse-unsupported.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import type { EntryCondition, FlowStart } from "./flow.ts";
import { readFilters } from "./read-condition.ts";
import { readLink } from "./read-flow-value.ts";

const supported = ["connector", "filterFormula", "filterLogic", "filters", "object"];

/** Reads when a flow runs. @throws {MetadataError} */
export function readFlowStart(element: XmlElement): FlowStart {
  refuseUnsupported(element, ["capabilityTypes", "inputs", "isAsync", "triggers"], supported);
  return readElement(element, (take) => {
    take.element("locationX");
    take.element("locationY");
    refuseScheduledPaths(take);
    // Another user would need other permissions, and this org has none.
    take.optionalOneOf("flowRunAsUser", ["TriggeringUser"]);
    return {
      place: element.place,
      objectName: take.text("object"),
      timing: take.oneOf("triggerType", ["RecordBeforeSave", "RecordAfterSave"]),
      operation: take.oneOf("recordTriggerType", ["Create", "Update", "CreateAndUpdate"]),
      entry: readEntry(take),
      onlyWhenChangedToMeet: take.boolean("doesRequireRecordChangedToMeetCriteria", false),
      next: readLink(take, "connector"),
    };
  });
}

/** The builder leaves an empty element behind when the last path is removed. */
function refuseScheduledPaths(take: Take): void {
  const path = take.elements("scheduledPaths").find(({ children }) => children.length > 0);
  if (path === undefined) return;
  const detail = "This org does not run <scheduledPaths>, the asynchronous one included. Remove them.";
  throw new MetadataError("unknown_element", path.place, detail);
}

function readEntry(take: Take): EntryCondition {
  const formula = take.optionalElement("filterFormula");
  const { filters, logic } = readFilters(take);
  if (formula !== undefined) {
    if (filters.length === 0) return { kind: "formula", formula: readFormula(formula) };
    const detail = "A start has filters or a filter formula, not both; remove one.";
    throw new MetadataError("duplicate", formula.place, detail);
  }
  if (filters.length === 0) return { kind: "always" };
  return { kind: "filters", logic, filters };
}
