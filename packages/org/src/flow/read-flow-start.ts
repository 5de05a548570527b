import { readFormula } from "../formula/formula.ts";
import { MetadataError } from "../metadata/metadata-error.ts";
import { readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import { readConditionLogic } from "./condition-logic.ts";
import type { EntryCondition, FieldFilter, FlowStart } from "./flow.ts";
import { conditionOperators, readFlowValue, readLink } from "./read-flow-value.ts";

/** Reads when a flow runs. @throws {MetadataError} */
export function readFlowStart(element: XmlElement): FlowStart {
  return readElement(element, (take) => {
    take.harmless("locationX", "locationY");
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

function readEntry(take: Take): EntryCondition {
  const formula = take.optionalElement("filterFormula");
  const filters = take.elements("filters").map(readFilter);
  const logicElement = take.optionalElement("filterLogic");
  if (formula !== undefined) {
    if (filters.length === 0) return { kind: "formula", formula: readFormula(formula) };
    const detail = "A start has filters or a filter formula, not both; remove one.";
    throw new MetadataError("duplicate", formula.place, detail);
  }
  if (filters.length === 0) return { kind: "always" };
  return { kind: "filters", logic: readConditionLogic(logicElement, filters.length), filters };
}

function readFilter(element: XmlElement): FieldFilter {
  return readElement(element, (take) => {
    const field = take.element("field");
    return {
      field: textOf(field),
      operator: take.oneOf("operator", conditionOperators),
      value: readFlowValue(take.element("value")),
      place: field.place,
    };
  });
}
