import { readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import { readConditionLogic } from "./condition-logic.ts";
import type { Condition, ConditionLogic, ConditionOperator, FieldFilter } from "./flow.ts";
import { readFlowValue } from "./read-flow-value.ts";

const filterOperators: readonly ConditionOperator[] = [
  "EqualTo",
  "NotEqualTo",
  "GreaterThan",
  "LessThan",
  "GreaterThanOrEqualTo",
  "LessThanOrEqualTo",
  "StartsWith",
  "EndsWith",
  "Contains",
  "IsNull",
  "IsChanged",
  "In",
  "NotIn",
];

/** What decisions and flow tests compare with. */
export const conditionOperators: readonly ConditionOperator[] = [...filterOperators, "IsBlank", "IsEmpty"];

/** Reads `filters` with their `filterLogic`. No filter at all lets everything through. @throws {MetadataError} */
export function readFilters(take: Take): {
  readonly logic: ConditionLogic;
  readonly filters: readonly FieldFilter[];
} {
  const filters = take.elements("filters").map(readFilter);
  const logic = readConditionLogic(take.optionalElement("filterLogic"), filters.length);
  return { filters, logic: filters.length === 0 ? { kind: "all", of: [] } : logic };
}

/** Reads one condition of a decision. @throws {MetadataError} */
export function readCondition(element: XmlElement): Condition {
  return readElement(element, (take) => ({
    left: take.text("leftValueReference"),
    operator: take.oneOf("operator", conditionOperators),
    right: readFlowValue(take.element("rightValue")),
    place: element.place,
  }));
}

function readFilter(element: XmlElement): FieldFilter {
  return readElement(element, (take) => {
    const field = take.element("field");
    return {
      field: textOf(field),
      operator: take.oneOf("operator", filterOperators),
      value: readFlowValue(take.element("value")),
      place: field.place,
    };
  });
}
