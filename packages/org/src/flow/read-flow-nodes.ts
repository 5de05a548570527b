import { MetadataError } from "../metadata/metadata-error.ts";
import { readElement } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import { readConditionLogic } from "./condition-logic.ts";
import type { AssignmentItem, DecisionRule, ErrorMessage, FlowNode } from "./flow.ts";
import { takeName } from "./flow-name.ts";
import { readCondition } from "./read-condition.ts";
import { readFlowValue, readLink, readTemplate } from "./read-flow-value.ts";
import { readNode } from "./read-node.ts";

/** @throws {MetadataError} */
export function readAssignmentNode(element: XmlElement): FlowNode {
  return readNode(element, (take) => ({
    kind: "assignment",
    items: take.elements("assignmentItems").map(readAssignmentItem),
    next: readLink(take, "connector"),
  }));
}

/** @throws {MetadataError} */
export function readDecisionNode(element: XmlElement): FlowNode {
  return readNode(element, (take) => {
    take.harmless("defaultConnectorLabel");
    return {
      kind: "decision",
      rules: take.elements("rules").map(readDecisionRule),
      otherwise: readLink(take, "defaultConnector"),
    };
  });
}

/** @throws {MetadataError} */
export function readCustomErrorNode(element: XmlElement): FlowNode {
  return readNode(element, (take) => {
    const messages = take.elements("customErrorMessages").map(readErrorMessage);
    if (messages.length === 0) {
      throw new MetadataError(
        "missing_element",
        element.place,
        "<customErrors> needs <customErrorMessages>.",
      );
    }
    return { kind: "custom_error", messages, next: readLink(take, "connector") };
  });
}

function readAssignmentItem(element: XmlElement): AssignmentItem {
  return readElement(element, (take) => {
    const value = take.optionalElement("value");
    return {
      target: take.text("assignToReference"),
      operator: take.oneOf("operator", ["Assign", "Add", "Subtract", "AddItem", "AssignCount"]),
      value:
        value === undefined ? { kind: "literal", value: null, place: element.place } : readFlowValue(value),
      place: element.place,
    };
  });
}

function readDecisionRule(element: XmlElement): DecisionRule {
  return readElement(element, (take) => {
    take.harmless("description", "label");
    const conditions = take.elements("conditions").map(readCondition);
    return {
      name: takeName(take),
      logic: readConditionLogic(take.optionalElement("conditionLogic"), conditions.length),
      conditions,
      onlyWhenChangedToMeet: take.boolean("doesRequireRecordChangedToMeetCriteria", false),
      next: readLink(take, "connector"),
    };
  });
}

function readErrorMessage(element: XmlElement): ErrorMessage {
  return readElement(element, (take) => {
    const isFieldError = take.boolean("isFieldError", false);
    const field = take.optionalText("fieldSelection") ?? null;
    return { text: readTemplate(take.element("errorMessage")), field: isFieldError ? field : null };
  });
}
