import { readElement, textOf } from "../metadata/read-element.ts";
import type { Take } from "../metadata/read-element.ts";
import type { XmlElement } from "../metadata/xml-element.ts";
import { readConditionLogic } from "./condition-logic.ts";
import type {
  AssignmentItem,
  Condition,
  DecisionRule,
  ErrorMessage,
  FieldAssignment,
  FlowNode,
} from "./flow.ts";
import { conditionOperators, readFlowValue, readLink, readTemplate } from "./read-flow-value.ts";

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
export function readCreateNode(element: XmlElement): FlowNode {
  return readNode(element, (take) => {
    // What it stores for an event is no identity of the event, so nothing may read it.
    take.harmless("storeOutputAutomatically");
    return {
      kind: "create",
      objectName: take.text("object"),
      assignments: take.elements("inputAssignments").map(readFieldAssignment),
      next: readLink(take, "connector"),
      fault: readLink(take, "faultConnector"),
    };
  });
}

/** @throws {MetadataError} */
export function readCustomErrorNode(element: XmlElement): FlowNode {
  return readNode(element, (take) => ({
    kind: "custom_error",
    messages: take.elements("customErrorMessages").map(readErrorMessage),
  }));
}

/** What every node has, and then its own. */
function readNode<Own extends object>(
  element: XmlElement,
  readOwn: (take: Take) => Own,
): Own & { readonly name: string; readonly place: XmlElement["place"] } {
  return readElement(element, (take) => {
    take.harmless("description", "label", "locationX", "locationY");
    return { name: take.text("name"), place: element.place, ...readOwn(take) };
  });
}

function readAssignmentItem(element: XmlElement): AssignmentItem {
  return readElement(element, (take) => {
    const value = take.optionalElement("value");
    return {
      target: take.text("assignToReference"),
      operator: take.oneOf("operator", ["Assign", "Add", "Subtract"]),
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
      name: take.text("name"),
      logic: readConditionLogic(take.optionalElement("conditionLogic"), conditions.length),
      conditions,
      next: readLink(take, "connector"),
    };
  });
}

function readCondition(element: XmlElement): Condition {
  return readElement(element, (take) => ({
    left: take.text("leftValueReference"),
    operator: take.oneOf("operator", conditionOperators),
    right: readFlowValue(take.element("rightValue")),
    place: element.place,
  }));
}

function readFieldAssignment(element: XmlElement): FieldAssignment {
  return readElement(element, (take) => {
    const field = take.element("field");
    return { field: textOf(field), value: readFlowValue(take.element("value")), place: field.place };
  });
}

function readErrorMessage(element: XmlElement): ErrorMessage {
  return readElement(element, (take) => {
    const isFieldError = take.boolean("isFieldError", false);
    const field = take.optionalText("fieldSelection") ?? null;
    return { text: readTemplate(take.element("errorMessage")), field: isFieldError ? field : null };
  });
}
